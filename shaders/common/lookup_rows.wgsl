// Which row of a stack of tables a feature chooses by the context of an event. A feature is column, kind, divisor, rows and first
// row, and 1 if it may be dropped. By its kind (src/features.rs)
//
//     number, 0           row = context[r, column] / divisor % rows
//     interval, 1         row = 0 if context[r, column] = 0, else 65 + clamp(context[r, column] - 1 - last pitch, -64, 63)
//     pitch interval, 2   row = 65 + clamp(context[r, column] - last pitch, -64, 63)
//
// with last pitch = context[r, 1], or 60 where the piece begins. Needs context_at and feature.

// The row that the feature at `at` chooses by the context of event `row`.
fn row_of(row: u32, at: u32) -> u32 {
    let number = context_at(row, feature(at));
    let kind = feature(at + 1u);
    let last = select(context_at(row, 1u), 60u, context_at(row, 1u) > 127u);
    let pitch = i32(number) - select(0, 1, kind == 1u);
    let interval = select(u32(65 + clamp(pitch - i32(last), -64, 63)), 0u, kind == 1u && number == 0u);
    return feature(at + 4u) + select(number / feature(at + 2u) % feature(at + 3u), interval, kind == 1u || kind == 2u);
}
