//! PNG and JPEG files to grey pictures.

use std::io::Cursor;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::Picture;

/// The most pixels of a file: 50 million, more than a telephone's camera takes. They are 200 MB in four colours.
const MOST_PIXELS: usize = 50_000_000;

/// The bytes that a PNG file begins with.
const PNG: [u8; 4] = *b"\x89PNG";
/// Those of a JPEG file.
const JPEG: [u8; 3] = [0xff, 0xd8, 0xff];

/// Whether the bytes begin a file that [`decode`] reads.
pub fn is_picture(bytes: &[u8]) -> bool {
    bytes.starts_with(&PNG) || bytes.starts_with(&JPEG)
}

/// How bright red, green and blue look together (Rec. 601, as in JPEG).
pub fn luma(rgb: &[u8]) -> u8 {
    let [red, green, blue] = [rgb[0], rgb[1], rgb[2]].map(u32::from);
    ((299 * red + 587 * green + 114 * blue + 500) / 1000) as u8
}

/// The grey picture in a PNG or JPEG file. One with transparent places becomes dark on white, whatever its colours: there what is
/// drawn is told by where it is.
///
/// # Errors
/// The decoder's reason, without a full stop.
pub fn decode(bytes: &[u8]) -> Result<Picture, String> {
    if bytes.starts_with(&PNG) {
        decode_png(bytes)
    } else {
        decode_jpeg(bytes)
    }
}

fn check_size(width: usize, height: usize) -> Result<(), String> {
    match width.checked_mul(height) {
        Some(1..=MOST_PIXELS) => Ok(()),
        _ => Err(format!(
            "it has {width}×{height} pixels; 1 to {MOST_PIXELS} are read"
        )),
    }
}

fn decode_png(bytes: &[u8]) -> Result<Picture, String> {
    let said = |error: png::DecodingError| error.to_string();
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(said)?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    check_size(width, height)?;
    let size = reader.output_buffer_size().ok_or("it is too large")?;
    let mut values = vec![0; size];
    let frame = reader.next_frame(&mut values).map_err(said)?;
    values.truncate(frame.buffer_size());
    let grey = match frame.color_type {
        png::ColorType::Grayscale => values,
        png::ColorType::GrayscaleAlpha => {
            let pixels = values.chunks_exact(2).map(|pixel| (pixel[0], pixel[1]));
            on_paper(pixels.collect())
        }
        png::ColorType::Rgb => values.chunks_exact(3).map(luma).collect(),
        png::ColorType::Rgba => {
            let pixels = values.chunks_exact(4).map(|pixel| (luma(pixel), pixel[3]));
            on_paper(pixels.collect())
        }
        png::ColorType::Indexed => return Err("its palette could not be read".into()),
    };
    Ok(Picture {
        width,
        height,
        grey,
    })
}

/// Grey pixels of pixels with their opacities: dark on white if any place is transparent.
fn on_paper(pixels: Vec<(u8, u8)>) -> Vec<u8> {
    let opaque = pixels.iter().all(|&(_, alpha)| alpha == 255);
    if opaque {
        return pixels.into_iter().map(|(grey, _)| grey).collect();
    }
    let (sum, mass) = pixels.iter().fold((0, 0), |(sum, mass), &(grey, alpha)| {
        let alpha = u64::from(alpha);
        (sum + u64::from(grey) * alpha, mass + alpha)
    });
    let bright = sum > 127 * mass;
    let over_white = |(grey, alpha): (u8, u8)| {
        let grey = if bright { 255 - grey } else { grey };
        let (grey, alpha) = (u32::from(grey), u32::from(alpha));
        ((grey * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    pixels.into_iter().map(over_white).collect()
}

fn decode_jpeg(bytes: &[u8]) -> Result<Picture, String> {
    let options = DecoderOptions::default().set_strict_mode(false);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(bytes), options);
    let said = |error: zune_jpeg::errors::DecodeErrors| format!("{error:?}");
    decoder.decode_headers().map_err(said)?;
    let info = decoder.info().ok_or("it has no header")?;
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    check_size(width, height)?;
    let grey_inside = matches!(
        decoder.input_colorspace(),
        Some(ColorSpace::Luma | ColorSpace::YCbCr)
    );
    let wanted = if grey_inside {
        ColorSpace::Luma
    } else {
        ColorSpace::RGB
    };
    decoder.set_options(options.jpeg_set_out_colorspace(wanted));
    let values = decoder.decode().map_err(said)?;
    let grey = match grey_inside {
        true => values,
        false => values.chunks_exact(3).map(luma).collect(),
    };
    if grey.len() != width * height {
        return Err("it has not as many pixels as it says".into());
    }
    let orientation = decoder.exif().and_then(|exif| orientation_in(exif));
    let picture = Picture {
        width,
        height,
        grey,
    };
    Ok(upright(picture, orientation.unwrap_or(1)))
}

/// The orientation that a camera has noted, 1 to 8, if it has.
fn orientation_in(exif: &[u8]) -> Option<u32> {
    let exif = exif::Reader::new().read_raw(exif.to_vec()).ok()?;
    let field = exif.get_field(exif::Tag::Orientation, exif::In::PRIMARY)?;
    field.value.get_uint(0)
}

/// The picture as its camera was held (EXIF 2.3, table 6: 1 is upright, 3 is turned by half a circle, 6 and 8 by a quarter; the
/// others are mirrored as well).
fn upright(picture: Picture, orientation: u32) -> Picture {
    let turned = match orientation {
        5..=8 => picture.transposed(),
        _ => picture,
    };
    let Picture {
        width,
        height,
        mut grey,
    } = turned;
    if matches!(orientation, 2 | 3 | 6 | 7) {
        grey.chunks_exact_mut(width).for_each(<[u8]>::reverse);
    }
    if matches!(orientation, 3 | 4 | 7 | 8) {
        grey = grey.chunks_exact(width).rev().flatten().copied().collect();
    }
    Picture {
        width,
        height,
        grey,
    }
}
