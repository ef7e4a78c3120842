//! Frames by way of the CPU.

use burn::tensor::Tensor;
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{ImageData, OffscreenCanvas, OffscreenCanvasRenderingContext2d};

use crate::images::{Grid, to_bytes};

/// A canvas with a 2D context, to which frames are copied.
pub struct Canvas2d(OffscreenCanvasRenderingContext2d);

impl Canvas2d {
    /// Take hold of `canvas`.
    ///
    /// # Errors
    /// If the canvas gives no 2D context.
    pub fn new(canvas: &OffscreenCanvas) -> Result<Self, String> {
        let context = canvas
            .get_context("2d")
            .ok()
            .flatten()
            .and_then(|context| context.dyn_into().ok())
            .ok_or("The canvas gives no 2D context.")?;
        Ok(Self(context))
    }

    /// Read `images`, [B, 1, 28, 28], back and put them on the canvas.
    ///
    /// # Errors
    /// If the device does not give them back, or the canvas refuses.
    pub async fn paint(&self, images: &Tensor<4>, grid: Grid) -> Result<(), String> {
        let values = images
            .to_data_async()
            .await
            .map_err(|error| format!("{error:?}"))?
            .try_into_vec::<f32>()
            .map_err(|error| format!("{error:?}"))?;
        let rgba = grid.picture(&to_bytes(&values), [0; 4], |grey| [grey, grey, grey, 255]);
        let (width, _) = grid.size();
        ImageData::new_with_u8_clamped_array(Clamped(rgba.as_flattened()), width as u32)
            .and_then(|data| self.0.put_image_data(&data, 0.0, 0.0))
            .map_err(|error| format!("{error:?}"))
    }
}
