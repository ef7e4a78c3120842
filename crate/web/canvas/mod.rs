//! Frames on an OffscreenCanvas: by a WGSL pass from the tensor's own buffer where the tensors live
//! on a GPU, copied to a 2D context where they live on the CPU or on an adapter that is software
//! (Chromium's GPU process ends itself when SwiftShader's WebGPU is shown on a canvas).

mod canvas2d;
#[cfg(feature = "gpu")]
mod gpu;

use burn::tensor::Tensor;
use web_sys::OffscreenCanvas;

use super::device::Frames;
use super::host::{Canvas, LocalFuture};
use crate::images::Grid;

/// Makes the page's canvases ready to be painted.
pub struct Painters {
    #[cfg(feature = "gpu")]
    gpu: Option<gpu::SharedDevice>,
}

impl Painters {
    /// For frames that get to the canvas that way.
    pub fn new(frames: Frames) -> Self {
        match frames {
            Frames::Copied => Self {
                #[cfg(feature = "gpu")]
                gpu: None,
            },
            #[cfg(feature = "gpu")]
            Frames::Shared(setup) => Self {
                gpu: Some(gpu::SharedDevice::new(setup)),
            },
        }
    }

    /// The painter of this canvas.
    ///
    /// # Errors
    /// If the canvas gives no context.
    pub fn painter(&self, canvas: OffscreenCanvas) -> Result<Painter, String> {
        #[cfg(feature = "gpu")]
        if let Some(shared) = &self.gpu {
            let target = Target::Gpu(Box::new(gpu::Surface::new(&canvas, shared)?));
            return Ok(Painter { canvas, target });
        }
        let target = Target::Canvas2d(canvas2d::Canvas2d::new(&canvas)?);
        Ok(Painter { canvas, target })
    }
}

/// A canvas and the way to paint on it.
pub struct Painter {
    canvas: OffscreenCanvas,
    target: Target,
}

enum Target {
    Canvas2d(canvas2d::Canvas2d),
    #[cfg(feature = "gpu")]
    Gpu(Box<gpu::Surface>),
}

impl Painter {
    async fn frame(&self, images: &Tensor<4>, grid: Grid) -> Result<(), String> {
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

impl Canvas for Painter {
    fn paint<'a>(
        &'a self,
        images: &'a Tensor<4>,
        grid: Grid,
    ) -> LocalFuture<'a, Result<(), String>> {
        Box::pin(self.frame(images, grid))
    }
}
