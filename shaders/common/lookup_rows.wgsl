// Which row of a stack of tables a feature chooses by the context of an event. A feature is column, kind, argument, rows and first
// row, and 1 if it may be dropped. By its kind (src/engine/kernels/lookup.rs)
//
//     number, 0            row = context[r, column] / argument % rows
//     difference, 1        row = 0 if context[r, column] = 0, else 65 + clamp(context[r, column] - 1 - reference, -64, 63)
//     value difference, 2  row = 65 + clamp(context[r, column] - reference, -64, 63)
//
// with reference = context[r, argument], or 60 where that is above 127. Needs context_at and feature.

// The row that the feature at `at` chooses by the context of event `row`.
fn row_of(row: u32, at: u32) -> u32 {
    let number = context_at(row, feature(at));
    let kind = feature(at + 1u);
    let argument = feature(at + 2u);
    let is_number = kind == 0u;
    let from_column = context_at(row, select(argument, 0u, is_number));
    let reference = select(from_column, 60u, from_column > 127u);
    let value = i32(number) - select(0, 1, kind == 1u);
    let difference = select(u32(65 + clamp(value - i32(reference), -64, 63)), 0u, kind == 1u && number == 0u);
    return feature(at + 4u) + select(difference, number / max(argument, 1u) % feature(at + 3u), is_number);
}
