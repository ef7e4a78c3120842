//! `ddpm data`: describes training images and shows what the network sees of them; and the options by which every command that
//! trains finds its images.

use std::path::{Path, PathBuf};

use ddpm::data::{Conversion, Dataset, Fit, GivenData, Split};
use ddpm::images::Grid;
use ddpm::nn::unet::PIXELS;

use super::files;

/// Where training images are, and how pictures become such images.
#[derive(clap::Args)]
pub struct DataArgs {
    /// Folder with MNIST's files or others in their format, or with PNG and JPEG files in folders called after their classes; or a
    /// zip file of these
    #[arg(long, default_value_os_t = files::of_repository("www/data/mnist"))]
    data: PathBuf,
    /// Pictures of other sizes or kinds: exchange black and white [default: where their borders are bright]
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    invert: Option<bool>,
    /// Pictures of other sizes or kinds: exchange rows and columns [default: for EMNIST]
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    transpose: Option<bool>,
    /// Pictures of other sizes or kinds: the whole of them, or what is drawn on them, centred as in MNIST [default: whole]
    #[arg(long, value_enum)]
    fit: Option<Fit>,
}

impl DataArgs {
    /// Where the images are.
    pub fn folder(&self) -> &Path {
        &self.data
    }

    /// Reads a part of the images. How pictures were converted, and what was ignored, is said on standard error.
    ///
    /// # Errors
    /// Names what is missing or damaged.
    pub fn read(&self, split: Split) -> anyhow::Result<Dataset> {
        let mut notes = Vec::new();
        let given = GivenData::open(&self.data, split, &mut notes)?;
        let data = match given {
            GivenData::Ready(data) => data,
            GivenData::Pictures(pictures) => {
                let suggested = pictures.suggested();
                let conversion = Conversion {
                    invert: self.invert.unwrap_or(suggested.invert),
                    transpose: self.transpose.unwrap_or(suggested.transpose),
                    fit: self.fit.unwrap_or(suggested.fit),
                };
                notes.push(format!(
                    "{}: the pictures were converted to 28×28 grey pixels ({}); `ddpm data --preview FILE.png` shows them.",
                    pictures.name(),
                    in_words(conversion)
                ));
                pictures.convert(conversion)
            }
        };
        files::print_notes(&notes);
        Ok(data)
    }
}

/// A conversion as the options that ask for it.
fn in_words(conversion: Conversion) -> String {
    let Conversion {
        invert,
        transpose,
        fit,
    } = conversion;
    let fit = match fit {
        Fit::Whole => "whole",
        Fit::Centred => "centred",
    };
    format!("--invert={invert} --transpose={transpose} --fit {fit}")
}

/// The options of `ddpm data`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    data: DataArgs,
    /// The test images, not the training images
    #[arg(long)]
    test: bool,
    /// Write a picture of some of the images, as the network sees them (.png)
    #[arg(long)]
    preview: Option<PathBuf>,
    /// How many images the picture shows
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    count: u32,
}

/// Runs the command.
///
/// # Errors
/// If the images cannot be read or the picture not written.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let split = if args.test { Split::Test } else { Split::Train };
    let data = args.data.read(split)?;
    let info = data.info();
    println!("name          {}", info.name);
    println!("images        {}", info.images);
    for (class, count) in info.classes.iter().enumerate() {
        let name = info.class_names.get(class).map_or("", String::as_str);
        println!("class {class:<7} {count} {name}");
    }
    println!("mean          {:.4} (0 black, 1 white)", info.mean);
    println!("deviation     {:.4}", info.std);
    if let Some(path) = &args.preview {
        let pixels = data.preview(args.count as usize);
        files::write_png(path, &pixels, Grid::square(pixels.len() / PIXELS))?;
        println!("preview       {}", path.display());
    }
    Ok(())
}
