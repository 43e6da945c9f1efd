/** The stack as WGSL: two passes, the first over chunks of cells, the second over chunks. @module */

/** Threads of a workgroup, times of a thread, cells of a chunk. */
export const SHADER = { threads: 64, perThread: 4, chunkCells: 32 } as const;

const { threads, perThread, chunkCells } = SHADER;

/**
 * The arithmetic of the SIMD kernel (models/kernels/assembly/stack.ts), step by step, so that both
 * give the same bits: products of e + 1 / w, of P and S of a sensor first, exponents moved to integers
 * every `group` sensors, and an integer that is ordered as the stack is.
 */
export const STACK_SHADER = /* wgsl */ `
struct Shape {
  times: u32,
  cells: u32,
  terms: u32,
  group: u32,
  firstCell: u32,
  chunks: u32,
  start: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> rows: array<f32>;
// Offset in rows, and 1 / w as bits: [cell][term].
@group(0) @binding(2) var<storage, read> terms: array<vec2<u32>>;
// The product of the weights is 2^whole rest: whole, and rest as bits, [cell].
@group(0) @binding(3) var<storage, read> weights: array<vec2<i32>>;
// Key and cell: [chunk][time].
@group(0) @binding(4) var<storage, read_write> found: array<vec2<i32>>;
// Key and cell so far: [time].
@group(0) @binding(5) var<storage, read_write> best: array<vec2<i32>>;

const LEAST = -2147483647i - 1i;

// e + 1 / w at the four times of a thread.
fn factor(term: vec2<u32>, first: u32) -> vec4<f32> {
  let at = term.x + first;
  let e = vec4<f32>(
    rows[at], rows[at + ${threads}u], rows[at + ${2 * threads}u], rows[at + ${3 * threads}u]);
  return e + bitcast<f32>(term.y);
}

@compute @workgroup_size(${threads})
fn stackChunk(@builtin(workgroup_id) block: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let first = block.x * ${threads * perThread}u + local.x;
  let chunk = block.y;
  let end = min((chunk + 1u) * ${chunkCells}u, shape.cells);
  let start = i32(shape.start);
  let one = vec4<u32>(shape.start << 23u);
  var key = vec4<i32>(LEAST);
  var cell = vec4<i32>(0);
  for (var c = chunk * ${chunkCells}u; c < end; c++) {
    var product = bitcast<vec4<f32>>(one);
    var twos = vec4<i32>(weights[c].x - start);
    var k = c * shape.terms;
    let last = k + shape.terms;
    while (k < last) {
      let stop = min(k + 2u * shape.group, last);
      for (; k < stop; k += 2u) {
        product *= factor(terms[k], first) * factor(terms[k + 1u], first);
      }
      let bits = bitcast<vec4<u32>>(product);
      twos += vec4<i32>(bits >> vec4<u32>(23u)) - start;
      product = bitcast<vec4<f32>>((bits & vec4<u32>(0x007fffffu)) | one);
    }
    let rounded = bitcast<vec4<i32>>(product * bitcast<f32>(weights[c].y)) + 256;
    let here = (twos << vec4<u32>(14u)) + (rounded >> vec4<u32>(9u));
    let better = here > key;
    key = select(key, here, better);
    cell = select(cell, vec4<i32>(i32(shape.firstCell + c)), better);
  }
  for (var i = 0u; i < ${perThread}u; i++) {
    let time = first + i * ${threads}u;
    if (time < shape.times) {
      found[chunk * shape.times + time] = vec2<i32>(key[i], cell[i]);
    }
  }
}

@compute @workgroup_size(${threads})
fn mergeChunks(@builtin(global_invocation_id) id: vec3<u32>) {
  let time = id.x;
  if (time >= shape.times) {
    return;
  }
  var top = best[time];
  for (var chunk = 0u; chunk < shape.chunks; chunk++) {
    let other = found[chunk * shape.times + time];
    if (other.x > top.x) {
      top = other;
    }
  }
  best[time] = top;
}
`;
