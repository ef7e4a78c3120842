//! Training data: files as somebody gives them, packed or not ([`sort`]), the idx files of MNIST and of data sets in the same
//! format, pictures of other sizes and kinds that are converted, the data set that they make up, and the images of each
//! batch.
//!
//! Images stay bytes on the host, 0 (background) to 255 (ink); they become values in −1 … 1 when a batch is built.

mod batches;
mod class_names;
mod dataset;
mod error;
mod given;
mod given_file;
mod gzip;
pub mod idx;
mod idx_kind;
#[cfg(not(target_arch = "wasm32"))]
mod open;
mod pictures;
mod shift;
mod zip;

pub use batches::Batches;
pub use dataset::{Dataset, DatasetId, DatasetInfo};
pub use error::DataError;
pub use given::{GivenData, SortedFiles, sort};
pub use given_file::GivenFile;
pub use gzip::inflate;
#[cfg(not(target_arch = "wasm32"))]
pub use open::Split;
pub use pictures::{Conversion, Fit, Pictures};
pub use shift::{random_offset, shifted};
