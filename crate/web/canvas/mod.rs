//! Frames on an OffscreenCanvas: by a WGSL pass from the tensor's own buffer where the tensors live
//! on a GPU, copied to a 2D context where they live on the CPU or on an adapter that is software
//! (Chromium's GPU process ends itself when SwiftShader's WebGPU is shown on a canvas).

mod canvas2d;
#[cfg(feature = "gpu")]
mod gpu;

use burn::tensor::Tensor;
use web_sys::OffscreenCanvas;

#[cfg(feature = "gpu")]
pub use gpu::GpuShare;

use super::device::Opened;
use crate::images::Grid;

/// A canvas and the way to paint on it.
pub struct Painter {
    canvas: OffscreenCanvas,
    target: Target,
}

enum Target {
    Canvas2d(canvas2d::Canvas2d),
    #[cfg(feature = "gpu")]
    Gpu(gpu::Surface),
}

impl Painter {
    /// For what that device computes.
    ///
    /// # Errors
    /// If the canvas gives no context.
    #[cfg_attr(not(feature = "gpu"), expect(unused_variables))]
    pub fn new(canvas: OffscreenCanvas, on: &Opened) -> Result<Self, String> {
        #[cfg(feature = "gpu")]
        if let Some(share) = on.gpu.as_ref().and_then(|gpu| gpu.share.as_ref()) {
            let target = Target::Gpu(gpu::Surface::new(&canvas, share)?);
            return Ok(Self { canvas, target });
        }
        let target = Target::Canvas2d(canvas2d::Canvas2d::new(&canvas)?);
        Ok(Self { canvas, target })
    }

    /// Paint `images`, [B, 1, 28, 28], transparent between them. One canvas pixel is an image pixel;
    /// the page scales it.
    ///
    /// # Errors
    /// If the canvas or the device refuses; the frame is then missing and nothing else.
    pub async fn paint(&self, images: &Tensor<4>, grid: Grid) -> Result<(), String> {
        let (width, height) = grid.size();
        let resized = self.canvas.width() != width as u32 || self.canvas.height() != height as u32;
        if resized {
            self.canvas.set_width(width as u32);
            self.canvas.set_height(height as u32);
        }
        match &self.target {
            Target::Canvas2d(target) => target.paint(images, grid).await,
            #[cfg(feature = "gpu")]
            Target::Gpu(target) => target.paint(images, grid, resized),
        }
    }
}
