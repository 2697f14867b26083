// Separable convolution of RGBA pixels with SIMD, in AssemblyScript. The arithmetic is that of sampleConvolution in
// src/geo/warp/sample-interior.ts, bit by bit. Memory is laid out by src/geo/warp/wasm-kernel.ts.

/** Polynomial c0 + c1 j + c2 j^2 of x and y at once. */
function quadratic(cell: usize, j: v128): v128 {
  const outer = f64x2.add(v128.load(cell, 16), f64x2.mul(v128.load(cell, 32), j))
  return f64x2.add(v128.load(cell), f64x2.mul(outer, j))
}

/** Sums of products of two neighbouring pixels with their two weights, for each channel. */
function pairs(pixels: v128, weights: v128): v128 {
  return i32x4.dot_i16x8_s(pixels, weights)
}

/** Interleaves pixels 0, 1 and 2, 3 of a load: r0 r1 g0 g1 b0 b1 a0 a1 and r2 r3 ... */
function interleave(pixels: v128): v128 {
  return i8x16.shuffle(pixels, pixels, 0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15)
}

function row4(at: usize, w01: v128, w23: v128): v128 {
  const p = interleave(v128.load(at))
  const sum = i32x4.add(pairs(i16x8.extend_low_i8x16_u(p), w01), pairs(i16x8.extend_high_i8x16_u(p), w23))
  return i32x4.shr_s(i32x4.add(sum, i32x4.splat(128)), 8)
}

function row6(at: usize, w01: v128, w23: v128, w45: v128): v128 {
  const p = interleave(v128.load(at))
  const q = interleave(v128.load64_zero(at, 16))
  const sum = i32x4.add(
    i32x4.add(pairs(i16x8.extend_low_i8x16_u(p), w01), pairs(i16x8.extend_high_i8x16_u(p), w23)),
    pairs(i16x8.extend_low_i8x16_u(q), w45),
  )
  return i32x4.shr_s(i32x4.add(sum, i32x4.splat(128)), 8)
}

/** Weighted sum of two rows. */
function columns(upper: v128, lower: v128, weights: v128): v128 {
  const both = i16x8.narrow_i32x4_s(upper, lower)
  return i32x4.dot_i16x8_s(i16x8.shuffle(both, both, 0, 4, 1, 5, 2, 6, 3, 7), weights)
}

function store(out: usize, sum: v128): void {
  const rounded = i32x4.shr_s(i32x4.add(sum, i32x4.splat(1 << 19)), 20)
  const words = i16x8.narrow_i32x4_s(rounded, rounded)
  v128.store32_lane(out, i8x16.narrow_i16x8_u(words, words), 0)
}

/**
 * Fills a cell by a filter of 4 taps.
 * @param cell 18 doubles, coefficients in 1/1024 px of the source
 * @param stride bytes from one source row to the next
 * @param table 1024 phases of 4 weights of 16 bits
 */
export function convolve4(
  cell: usize,
  source: usize,
  stride: usize,
  out: usize,
  outStride: usize,
  cols: i32,
  rows: i32,
  table: usize,
): void {
  const origin = source - stride - 4
  for (let j = 0; j < rows; j++) {
    const jj = f64x2.splat(f64(j))
    let position = quadratic(cell, jj)
    let bend = quadratic(cell + 96, jj)
    let step = f64x2.add(quadratic(cell + 48, jj), bend)
    bend = f64x2.add(bend, bend)
    let o = out + <usize>j * outStride
    const end = o + ((<usize>cols) << 2)
    while (o < end) {
      const fixed = i32x4.trunc_sat_f64x2_s_zero(position)
      const fx = i32x4.extract_lane(fixed, 0)
      const fy = i32x4.extract_lane(fixed, 1)
      const at = origin + <usize>(fy >> 10) * stride + <usize>((fx >> 10) << 2)
      const wx = table + <usize>((fx & 1023) << 3)
      const wy = table + <usize>((fy & 1023) << 3)
      const w01 = v128.load32_splat(wx)
      const w23 = v128.load32_splat(wx, 4)
      const r0 = row4(at, w01, w23)
      const r1 = row4(at + stride, w01, w23)
      const r2 = row4(at + 2 * stride, w01, w23)
      const r3 = row4(at + 3 * stride, w01, w23)
      const upper = columns(r0, r1, v128.load32_splat(wy))
      const lower = columns(r2, r3, v128.load32_splat(wy, 4))
      store(o, i32x4.add(upper, lower))
      position = f64x2.add(position, step)
      step = f64x2.add(step, bend)
      o += 4
    }
  }
}

/** The same for 6 taps; a phase of the table has 6 weights. */
export function convolve6(
  cell: usize,
  source: usize,
  stride: usize,
  out: usize,
  outStride: usize,
  cols: i32,
  rows: i32,
  table: usize,
): void {
  const origin = source - 2 * stride - 8
  for (let j = 0; j < rows; j++) {
    const jj = f64x2.splat(f64(j))
    let position = quadratic(cell, jj)
    let bend = quadratic(cell + 96, jj)
    let step = f64x2.add(quadratic(cell + 48, jj), bend)
    bend = f64x2.add(bend, bend)
    let o = out + <usize>j * outStride
    const end = o + ((<usize>cols) << 2)
    while (o < end) {
      const fixed = i32x4.trunc_sat_f64x2_s_zero(position)
      const fx = i32x4.extract_lane(fixed, 0)
      const fy = i32x4.extract_lane(fixed, 1)
      const at = origin + <usize>(fy >> 10) * stride + <usize>((fx >> 10) << 2)
      const wx = table + <usize>((fx & 1023) * 12)
      const wy = table + <usize>((fy & 1023) * 12)
      const w01 = v128.load32_splat(wx)
      const w23 = v128.load32_splat(wx, 4)
      const w45 = v128.load32_splat(wx, 8)
      const r0 = row6(at, w01, w23, w45)
      const r1 = row6(at + stride, w01, w23, w45)
      const r2 = row6(at + 2 * stride, w01, w23, w45)
      const r3 = row6(at + 3 * stride, w01, w23, w45)
      const r4 = row6(at + 4 * stride, w01, w23, w45)
      const r5 = row6(at + 5 * stride, w01, w23, w45)
      const upper = columns(r0, r1, v128.load32_splat(wy))
      const middle = columns(r2, r3, v128.load32_splat(wy, 4))
      const lower = columns(r4, r5, v128.load32_splat(wy, 8))
      store(o, i32x4.add(i32x4.add(upper, middle), lower))
      position = f64x2.add(position, step)
      step = f64x2.add(step, bend)
      o += 4
    }
  }
}
