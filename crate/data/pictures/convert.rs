//! From a grey picture of any size to 28×28 pixels.

use resize::Pixel::Gray8;
use resize::Type::Triangle;
use resize::px::Gray;

use super::{Fit, LARGEST, Picture};
use crate::nn::unet::{PIXELS, SIZE};

/// MNIST's digits are scaled to fit a box with sides of so many pixels
/// (LeCun, Cortes and Burges, <https://yann.lecun.com/exdb/mnist/>).
const BOX: usize = 20;

/// A pixel at least this bright belongs to what is drawn. JPEG leaves a grey haze around strokes, and paper is not even.
const INK: u8 = 64;

/// The picture in `width`×`height` pixels: each is the mean of those that it covers, or lies between its neighbours.
fn scaled(picture: &Picture, width: usize, height: usize) -> Picture {
    if (picture.width, picture.height) == (width, height) {
        return picture.clone();
    }
    let source: Vec<Gray<u8>> = picture.grey.iter().copied().map(Gray::new).collect();
    let mut target = vec![Gray::new(0); width * height];
    resize::new(
        picture.width,
        picture.height,
        width,
        height,
        Gray8,
        Triangle,
    )
    .and_then(|mut resizer| resizer.resize(&source, &mut target))
    .expect("both pictures have pixels, as many as their sizes say");
    Picture {
        width,
        height,
        grey: target.into_iter().map(Gray::value).collect(),
    }
}

/// Scaled with its proportions kept, so that its longer side has `side` pixels and the shorter one at least.
fn scaled_to(picture: &Picture, side: usize) -> Picture {
    let longer = picture.width.max(picture.height);
    let of = |length: usize| ((length * side + longer / 2) / longer).max(1);
    scaled(picture, of(picture.width), of(picture.height))
}

/// The picture, scaled down if it is larger than it needs to be ([`LARGEST`]).
pub fn bounded(picture: Picture) -> Picture {
    if picture.width.max(picture.height) <= LARGEST {
        return picture;
    }
    scaled_to(&picture, LARGEST)
}

/// The 784 pixels of the image that the picture becomes.
pub fn fitted(picture: &Picture, fit: Fit) -> Vec<u8> {
    match fit {
        Fit::Whole => {
            let small = scaled_to(picture, SIZE);
            let (left, top) = ((SIZE - small.width) / 2, (SIZE - small.height) / 2);
            placed(&small, left as i64, top as i64)
        }
        Fit::Centred => {
            let small = scaled_to(&drawn(picture), BOX);
            let (x, y) = centre_of_mass(&small);
            let middle = SIZE as f64 / 2.0;
            placed(
                &small,
                (middle - x).round() as i64,
                (middle - y).round() as i64,
            )
        }
    }
}

/// The smallest part of the picture with all that is drawn on it; the whole picture if nothing is.
fn drawn(picture: &Picture) -> Picture {
    let (mut columns, mut rows) = ((usize::MAX, 0), (usize::MAX, 0));
    for (index, &grey) in picture.grey.iter().enumerate() {
        if grey >= INK {
            let (x, y) = (index % picture.width, index / picture.width);
            columns = (columns.0.min(x), columns.1.max(x));
            rows = (rows.0.min(y), rows.1.max(y));
        }
    }
    if columns.0 == usize::MAX {
        return picture.clone();
    }
    let of_row = |y: usize| &picture.grey[y * picture.width..][columns.0..=columns.1];
    Picture {
        width: columns.1 - columns.0 + 1,
        height: rows.1 - rows.0 + 1,
        grey: (rows.0..=rows.1).flat_map(of_row).copied().collect(),
    }
}

/// The mean place of a picture's brightness, in pixels from its left and its upper edge; the middle of a black picture.
fn centre_of_mass(picture: &Picture) -> (f64, f64) {
    let (mut mass, mut x, mut y) = (0.0, 0.0, 0.0);
    for (index, &grey) in picture.grey.iter().enumerate() {
        let grey = f64::from(grey);
        mass += grey;
        // A pixel's mass lies in its middle.
        x += grey * ((index % picture.width) as f64 + 0.5);
        y += grey * ((index / picture.width) as f64 + 0.5);
    }
    if mass == 0.0 {
        return (picture.width as f64 / 2.0, picture.height as f64 / 2.0);
    }
    (x / mass, y / mass)
}

/// 28×28 black pixels with the picture at this place; what lies outside is cut off.
fn placed(picture: &Picture, left: i64, top: i64) -> Vec<u8> {
    let mut image = vec![0; PIXELS];
    let side = SIZE as i64;
    for (index, &grey) in picture.grey.iter().enumerate() {
        let x = left + (index % picture.width) as i64;
        let y = top + (index / picture.width) as i64;
        if (0..side).contains(&x) && (0..side).contains(&y) {
            image[(y * side + x) as usize] = grey;
        }
    }
    image
}
