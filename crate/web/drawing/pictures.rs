//! The pictures and the masks of edits as tensors, checked.

use burn::tensor::{Device, Tensor, TensorData};

use crate::images::from_bytes;
use crate::nn::unet::{PIXELS, SIZE};
use crate::web::protocol::{Refusal, Subject};

/// `count` copies of the picture, [count, 1, 28, 28].
pub(super) fn picture(pixels: &[u8], count: usize, device: &Device) -> Result<Tensor<4>, Refusal> {
    whole(pixels, "picture")?;
    if pixels.iter().all(|&grey| grey == 0) {
        return Err(Refusal::new(
            Subject::Edit,
            "empty_picture",
            "The picture is empty: draw something on it, or take one of the digits drawn last.",
        ));
    }
    Ok(copies(&from_bytes(pixels), count, device))
}

/// The known region, [count, 1, 28, 28]: 1 where the picture is kept, 0 where it is drawn anew.
pub(super) fn known(mask: &[u8], count: usize, device: &Device) -> Result<Tensor<4>, Refusal> {
    whole(mask, "mask")?;
    if mask.iter().all(|&marked| marked == 0) {
        return Err(Refusal::new(
            Subject::Edit,
            "empty_mask",
            "Nothing is marked: mark the part of the picture that is to be drawn anew.",
        ));
    }
    let kept = |&marked: &u8| if marked == 0 { 1.0 } else { 0.0 };
    let values: Vec<f32> = mask.iter().map(kept).collect();
    Ok(copies(&values, count, device))
}

fn whole(pixels: &[u8], name: &str) -> Result<(), Refusal> {
    if pixels.len() == PIXELS {
        return Ok(());
    }
    let message = format!(
        "The {name} has {} pixels; it must have {SIZE}×{SIZE}.",
        pixels.len()
    );
    Err(Refusal::new(Subject::Edit, "bad_picture", message))
}

fn copies(values: &[f32], count: usize, device: &Device) -> Tensor<4> {
    let data = TensorData::new(values.repeat(count), [count, 1, SIZE, SIZE]);
    Tensor::from_data(data, device)
}
