// How a workgroup of 256 invocations shares the product of an LSTM step, 16 batch rows by 16 units.
//
// A batch has few rows, so that tiles alone would leave most of a large GPU without work. Four parts of the workgroup, of
// 64 invocations, 8 by 8, divide the inner dimension among them: it goes through workgroup memory in slices of 32, and a
// part takes 8 inner steps of each. An invocation keeps 2 rows by 2 units. They are 8 apart, so that invocations side by
// side read values side by side, which lie in different banks of the memory.
//
// The kernel itself has to say where weights lie in their slice, weight_place(step, unit), and what they are multiplied
// with, factor(step, row): vectors of 4, multiplied component by component.

const ROWS = 16u;
const UNITS = 16u;
const SLICE = 32u;

// Of a slice; when all slices have been used, sums of the parts.
var<workgroup> weight_slice: array<vec4<f32>, SLICE * UNITS>;

// What an invocation computes.
struct Place {
    part: u32,
    row: u32,       // the first of two, within the tile
    unit: u32,      // the first of two, within the tile
}

fn place_of(local: u32) -> Place {
    return Place(local / 64u, local / 8u % 8u, local % 8u);
}

// Both units of the first row, then both of the second.
alias Sums = array<vec4<f32>, 4>;

// Adds this part of a slice.
fn multiply_add(sums: Sums, place: Place) -> Sums {
    var result = sums;
    // Four steps at a time, for fewer rounds and so that loads can run ahead.
    for (var i = 0u; i < SLICE / 4u; i += 4u) {
        let step = SLICE / 4u * place.part + i;
        result = multiply_add_step(result, step, place);
        result = multiply_add_step(result, step + 1u, place);
        result = multiply_add_step(result, step + 2u, place);
        result = multiply_add_step(result, step + 3u, place);
    }
    return result;
}

fn multiply_add_step(sums: Sums, step: u32, place: Place) -> Sums {
    let factor_0 = factor(step, place.row);
    let factor_1 = factor(step, place.row + 8u);
    let weight_0 = weight_slice[weight_place(step, place.unit)];
    let weight_1 = weight_slice[weight_place(step, place.unit + 8u)];
    return Sums(
        sums[0] + factor_0 * weight_0,
        sums[1] + factor_0 * weight_1,
        sums[2] + factor_1 * weight_0,
        sums[3] + factor_1 * weight_1,
    );
}

// The finished sum of row local / 16 and unit local % 16. The parts are added up always in the same order: 2 to 0 and
// 3 to 1, then those two.
fn sum_of_parts(sums: Sums, place: Place, local: u32) -> vec4<f32> {
    let at = place.part % 2u * ROWS * UNITS + place.row * UNITS + place.unit;
    workgroupBarrier();     // all have used the last slice
    if place.part >= 2u { put(sums, at); }
    workgroupBarrier();
    if place.part < 2u {
        put(Sums(
            sums[0] + weight_slice[at],
            sums[1] + weight_slice[at + 8u],
            sums[2] + weight_slice[at + 8u * UNITS],
            sums[3] + weight_slice[at + 8u * UNITS + 8u],
        ), at);
    }
    workgroupBarrier();
    return weight_slice[local] + weight_slice[local + ROWS * UNITS];
}

fn put(sums: Sums, at: u32) {
    weight_slice[at] = sums[0];
    weight_slice[at + 8u] = sums[1];
    weight_slice[at + 8u * UNITS] = sums[2];
    weight_slice[at + 8u * UNITS + 8u] = sums[3];
}
