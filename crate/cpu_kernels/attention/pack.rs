//! Matrices copied into the order in which the loop over tiles reads them.

/// The rows of a matrix whose rows are `stride` floats apart in memory.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    pub values: &'a [f32],
    pub stride: usize,
    pub rows: usize,
    pub cols: usize,
}

impl<'a> Rows<'a> {
    fn iter(self) -> impl Iterator<Item = &'a [f32]> {
        self.values
            .chunks(self.stride)
            .take(self.rows)
            .map(move |row| &row[..self.cols])
    }

    /// `rows` rows from row `first` on.
    pub fn slice(self, first: usize, rows: usize) -> Self {
        let values = &self.values[first * self.stride..];
        Self {
            values,
            rows,
            ..self
        }
    }
}

/// Copies the matrix column by column, [cols, `length`], times `factor`. `length` is at least the number of rows; what is
/// beyond them is 0.
#[inline(always)]
pub fn pack_columns(rows: Rows, length: usize, factor: f32, out: &mut Vec<f32>) {
    out.clear();
    out.resize(rows.cols * length, 0.0);
    for (index, row) in rows.iter().enumerate() {
        let column = out[index..].iter_mut().step_by(length);
        column.zip(row).for_each(|(to, from)| *to = factor * from);
    }
}

/// Copies the matrix in blocks of `width` columns, `[block][row][width]`, the last block filled up with zeros.
#[inline(always)]
pub fn pack_panels(rows: Rows, width: usize, out: &mut Vec<f32>) {
    out.clear();
    for first in (0..rows.cols).step_by(width) {
        let last = rows.cols.min(first + width);
        for row in rows.iter() {
            out.extend_from_slice(&row[first..last]);
            out.resize(out.len() + width - (last - first), 0.0);
        }
    }
}
