/** What the event service can be asked: the description that FDSN clients read first. @module */

const PARAMETERS: readonly (readonly [string, string])[] = [
  ['starttime', 'xs:dateTime'],
  ['endtime', 'xs:dateTime'],
  ['minlatitude', 'xs:float'],
  ['maxlatitude', 'xs:float'],
  ['minlongitude', 'xs:float'],
  ['maxlongitude', 'xs:float'],
  ['minmagnitude', 'xs:float'],
  ['minprobability', 'xs:float'],
  ['region', 'xs:string'],
  ['eventid', 'xs:string'],
  ['limit', 'xs:int'],
  ['orderby', 'xs:string'],
  ['updatedafter', 'xs:dateTime'],
  ['includeallorigins', 'xs:boolean'],
  ['format', 'xs:string'],
  ['nodata', 'xs:int'],
];

/** WADL of the service (relative base, so that it holds behind any proxy). */
export const EVENT_WADL = `<?xml version="1.0" encoding="UTF-8"?>
<application xmlns="http://wadl.dev.java.net/2009/02" xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <resources base="/fdsnws/event/1/">
    <resource path="query">
      <method id="query" name="GET">
        <request>
${PARAMETERS.map(([name, type]) => `          <param name="${name}" style="query" type="${type}"/>`).join('\n')}
        </request>
      </method>
    </resource>
    <resource path="version"><method name="GET"/></resource>
    <resource path="catalogs"><method id="catalogs" name="GET"/></resource>
    <resource path="contributors"><method id="contributors" name="GET"/></resource>
    <resource path="application.wadl"><method name="GET"/></resource>
  </resources>
</application>
`;
