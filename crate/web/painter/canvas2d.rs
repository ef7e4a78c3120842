//! Frames by way of the CPU.

use burn::tensor::Tensor;
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{ImageData, OffscreenCanvas, OffscreenCanvasRenderingContext2d};

use super::{GAP, Grid};
use crate::sampler::to_bytes;
use crate::unet::{PIXELS, SIZE};

pub struct Canvas2d(OffscreenCanvasRenderingContext2d);

impl Canvas2d {
    pub fn new(canvas: &OffscreenCanvas) -> Result<Self, String> {
        let context = canvas
            .get_context("2d")
            .ok()
            .flatten()
            .and_then(|context| context.dyn_into().ok())
            .ok_or("The canvas gives no 2D context.")?;
        Ok(Self(context))
    }

    pub async fn paint(&self, images: &Tensor<4>, grid: Grid) -> Result<(), String> {
        let (width, height) = grid.size();
        let values = images
            .to_data_async()
            .await
            .map_err(|error| format!("{error:?}"))?
            .try_into_vec::<f32>()
            .map_err(|error| format!("{error:?}"))?;
        let mut rgba = vec![0; width * height * 4];
        for (index, image) in to_bytes(&values).chunks(PIXELS).enumerate() {
            let left = index % grid.columns * (SIZE + GAP);
            let top = index / grid.columns * (SIZE + GAP);
            for (y, row) in image.chunks(SIZE).enumerate() {
                for (x, &grey) in row.iter().enumerate() {
                    let at = ((top + y) * width + left + x) * 4;
                    rgba[at..at + 4].copy_from_slice(&[grey, grey, grey, 255]);
                }
            }
        }
        ImageData::new_with_u8_clamped_array_and_sh(Clamped(&rgba), width as u32, height as u32)
            .and_then(|data| self.0.put_image_data(&data, 0.0, 0.0))
            .map_err(|error| format!("{error:?}"))
    }
}
