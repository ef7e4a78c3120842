//! Frames on an OffscreenCanvas: by a WGSL pass from the tensor's own buffer where the tensors live
//! on a GPU, copied to a 2D context where they live on the CPU or on an adapter that is software
//! (Chromium's GPU process ends itself when SwiftShader's WebGPU is shown on a canvas).

mod canvas2d;
mod gpu;

use burn::tensor::Tensor;
use web_sys::OffscreenCanvas;

pub use gpu::GpuShare;

use crate::unet::SIZE;

/// Transparent pixels between two images.
const GAP: usize = 2;

/// How a batch is laid out on a canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Grid {
    columns: usize,
    count: usize,
}

impl Grid {
    fn rows(self) -> usize {
        self.count.div_ceil(self.columns)
    }

    /// Canvas size in pixels: one canvas pixel an image pixel; the page scales it.
    fn size(self) -> (usize, usize) {
        let edge = |tiles: usize| tiles * (SIZE + GAP) - GAP;
        (edge(self.columns), edge(self.rows()))
    }
}

/// A canvas and the way to paint on it.
pub struct Painter {
    canvas: OffscreenCanvas,
    target: Target,
}

enum Target {
    Canvas2d(canvas2d::Canvas2d),
    Gpu(gpu::Surface),
}

impl Painter {
    /// `share` is the GPU to paint on; `None` copies frames.
    ///
    /// # Errors
    /// If the canvas gives no context.
    pub fn new(canvas: OffscreenCanvas, share: Option<&GpuShare>) -> Result<Self, String> {
        let target = match share {
            Some(share) => Target::Gpu(gpu::Surface::new(&canvas, share)?),
            None => Target::Canvas2d(canvas2d::Canvas2d::new(&canvas)?),
        };
        Ok(Self { canvas, target })
    }

    /// Paint `images`, [B, 1, 28, 28], in rows of `columns`.
    ///
    /// # Errors
    /// If the canvas or the device refuses; the frame is then missing and nothing else.
    pub async fn paint(&self, images: &Tensor<4>, columns: usize) -> Result<(), String> {
        let grid = Grid {
            columns,
            count: images.dims()[0],
        };
        let (width, height) = grid.size();
        let resized = self.canvas.width() != width as u32 || self.canvas.height() != height as u32;
        if resized {
            self.canvas.set_width(width as u32);
            self.canvas.set_height(height as u32);
        }
        match &self.target {
            Target::Canvas2d(target) => target.paint(images, grid).await,
            Target::Gpu(target) => target.paint(images, grid, resized),
        }
    }
}
