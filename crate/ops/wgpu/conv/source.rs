//! Text that loads pixels of the source, which the shaders of the convolution and of its weights' gradient share.

use std::fmt::Write;

use cpu_kernels::plan::{Pass, Plan};

/// The size of one part if `size` is divided into the fewest equal parts of at most `most`; at least 1.
pub fn equal_part(size: usize, most: usize) -> usize {
    size.div_ceil(size.div_ceil(most).max(1)).max(1)
}

/// The number of columns of the source that `cols` neighbouring columns of a pass read.
pub fn source_columns(pass: &Pass, cols: usize) -> usize {
    (cols - 1) * pass.cols.stride + pass.cols.tap_count()
}

/// Text that computes which `columns` columns of the source an invocation loads for a tile that begins at `column`: their
/// numbers at_0 … and whether they are inside the image, inside_0 …. With quads an invocation loads every fourth column.
pub fn column_indices(plan: &Plan, pass: &Pass, columns: usize, quads: bool) -> String {
    let mut text = String::new();
    for i in 0..loads(columns, quads) {
        let own = if quads {
            format!("{}u + (lane & 3u)", 4 * i)
        } else {
            format!("{i}u")
        };
        let _ = writeln!(
            text,
            "let column_{i} = i32(column * {}u + {own} + column_offset) + {};\n    \
             let inside_{i} = (column_{i} >= 0) & (column_{i} < WIDTH);\n    \
             let at_{i} = u32(clamp(column_{i}, 0, WIDTH - 1));",
            pass.cols.stride,
            pass.cols.first_tap() as isize - plan.padding as isize,
        );
    }
    text
}

/// Text that computes where the line of the source begins that row `row` of a pass reads with row `tap` of its taps (both
/// WGSL expressions), line_`name`, and whether it is inside the image, inside_row_`name`.
pub fn source_line(plan: &Plan, pass: &Pass, name: usize, row: &str, tap: &str) -> String {
    format!(
        "let y_{name} = i32({row} * {}u + {tap} + row_offset) + {};\n    \
         let inside_row_{name} = (y_{name} >= 0) & (y_{name} < HEIGHT);\n    \
         let line_{name} = (image * u32(HEIGHT) + u32(clamp(y_{name}, 0, HEIGHT - 1))) * u32(WIDTH);\n",
        pass.rows.stride,
        pass.rows.first_tap() as isize - plan.padding as isize,
    )
}

/// The number of loads of an invocation for so many columns.
fn loads(columns: usize, quads: bool) -> usize {
    if quads { columns.div_ceil(4) } else { columns }
}

/// Text that loads a row of the source into registers x_`name`_0 …, zeros outside the image. `load` gives the expression that
/// loads a column, `inside` the one that tells whether the row is inside. With quads each invocation loads a quarter of the
/// columns and broadcasts it.
pub fn load_row(
    name: usize,
    columns: usize,
    quads: bool,
    load: impl Fn(String) -> String,
    inside: &str,
) -> String {
    let mut text = String::new();
    let prefix = if quads { "quarter" } else { "x" };
    for i in 0..loads(columns, quads) {
        let _ = writeln!(
            text,
            "let {prefix}_{name}_{i} = select(vec4(0.0), {}, inside_{i} & {inside});",
            load(format!("at_{i}"))
        );
    }
    if quads {
        for x in 0..columns {
            let _ = writeln!(
                text,
                "let x_{name}_{x} = quadBroadcast(quarter_{name}_{}, {}u);",
                x / 4,
                x % 4
            );
        }
    }
    text
}
