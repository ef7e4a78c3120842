//! Frames from GPU tensors: a render pass of `shaders/canvas/paint.wgsl` on burn's own device and queue.

use std::cell::OnceCell;
use std::rc::Rc;

use burn::tensor::Tensor;
use burn_wgpu::{AutoCompiler, Wgpu, WgpuSetup, into_contiguous};
use cubecl::wgpu::WgpuServer;
use web_sys::OffscreenCanvas;

use crate::images::Grid;
use crate::nn::unet::SIZE;

/// burn's device, and the render pipeline that every canvas on it shares.
#[derive(Clone)]
pub struct SharedDevice {
    setup: WgpuSetup,
    /// Made for the first canvas, whose capabilities name the format that this browser likes best.
    pipeline: Rc<OnceCell<Pipeline>>,
}

struct Pipeline {
    format: wgpu::TextureFormat,
    layout: wgpu::BindGroupLayout,
    render: wgpu::RenderPipeline,
}

impl SharedDevice {
    /// The device that burn has opened.
    pub fn new(setup: WgpuSetup) -> Self {
        Self {
            setup,
            pipeline: Rc::default(),
        }
    }
}

impl Pipeline {
    fn new(device: &wgpu::Device, format: wgpu::TextureFormat) -> Self {
        let module =
            device.create_shader_module(wgpu::include_wgsl!("../../../shaders/canvas/paint.wgsl"));
        let buffer = |binding, ty| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::FRAGMENT,
            ty: wgpu::BindingType::Buffer {
                ty,
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        };
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("paint"),
            entries: &[
                buffer(0, wgpu::BufferBindingType::Storage { read_only: true }),
                buffer(1, wgpu::BufferBindingType::Uniform),
            ],
        });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("paint"),
            bind_group_layouts: &[Some(&layout)],
            ..Default::default()
        });
        let render = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some("paint"),
            layout: Some(&pipeline_layout),
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some("cover"),
                compilation_options: Default::default(),
                buffers: &[],
            },
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: Some("shade"),
                compilation_options: Default::default(),
                targets: &[Some(format.into())],
            }),
            primitive: Default::default(),
            depth_stencil: None,
            multisample: Default::default(),
            multiview_mask: None,
            cache: None,
        });
        Self {
            format,
            layout,
            render,
        }
    }
}

/// A canvas that the device paints on.
pub struct Surface {
    shared: SharedDevice,
    surface: wgpu::Surface<'static>,
    grid: wgpu::Buffer,
}

impl Surface {
    /// Take hold of `canvas`.
    ///
    /// # Errors
    /// If the canvas gives no WebGPU context.
    pub fn new(canvas: &OffscreenCanvas, shared: &SharedDevice) -> Result<Self, String> {
        let surface = shared
            .setup
            .instance
            .create_surface(wgpu::SurfaceTarget::OffscreenCanvas(canvas.clone()))
            .map_err(|error| format!("The canvas gives no WebGPU context: {error}"))?;
        let grid = shared.setup.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("paint grid"),
            size: 24,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let surface = Self {
            shared: shared.clone(),
            surface,
            grid,
        };
        surface.configure((canvas.width() as usize, canvas.height() as usize));
        Ok(surface)
    }

    fn pipeline(&self) -> &Pipeline {
        self.shared.pipeline.get_or_init(|| {
            let capabilities = self.surface.get_capabilities(&self.shared.setup.adapter);
            // Not an sRGB format: values are to reach the canvas as they are.
            let format = capabilities
                .formats
                .iter()
                .copied()
                .find(|format| !format.is_srgb())
                .unwrap_or(wgpu::TextureFormat::Bgra8Unorm);
            Pipeline::new(&self.shared.setup.device, format)
        })
    }

    fn configure(&self, (width, height): (usize, usize)) {
        self.surface.configure(
            &self.shared.setup.device,
            &wgpu::SurfaceConfiguration {
                usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
                format: self.pipeline().format,
                width: width.max(1) as u32,
                height: height.max(1) as u32,
                present_mode: wgpu::PresentMode::Fifo,
                desired_maximum_frame_latency: 2,
                // The gaps between the images show the page behind the canvas.
                alpha_mode: wgpu::CompositeAlphaMode::PreMultiplied,
                view_formats: vec![],
                color_space: Default::default(),
            },
        );
    }

    /// Paint `images`, [B, 1, 28, 28], from their own buffer. `resized`: whether the canvas has another size than at the
    /// last frame.
    ///
    /// # Errors
    /// If the canvas has no frame to paint on, or the device refuses.
    pub fn paint(&self, images: &Tensor<4>, grid: Grid, resized: bool) -> Result<(), String> {
        if resized {
            self.configure(grid.size());
        }
        let WgpuSetup { device, queue, .. } = &self.shared.setup;
        let tensor = images
            .clone()
            .try_into_primitive::<Wgpu>()
            .map_err(|error| format!("{error:?}"))?;
        let tensor = into_contiguous(tensor);
        let resource = tensor
            .client
            .get_resource::<WgpuServer<AutoCompiler>>(tensor.handle.clone())
            .map_err(|error| format!("{error:?}"))?;
        // burn gathers its commands: send them off before ours, which read their result.
        images
            .device()
            .flush()
            .map_err(|error| format!("{error:?}"))?;
        let empty = [grid.empty as u32, (grid.empty >> 32) as u32];
        let grid_words = [grid.columns, grid.count, SIZE, Grid::GAP].map(|v| v as u32);
        let words: Vec<u32> = grid_words.into_iter().chain(empty).collect();
        queue.write_buffer(&self.grid, 0, bytemuck::cast_slice(&words));

        let frame = match self.surface.get_current_texture() {
            wgpu::CurrentSurfaceTexture::Success(frame)
            | wgpu::CurrentSurfaceTexture::Suboptimal(frame) => frame,
            other => return Err(format!("The canvas has no frame to paint on: {other:?}")),
        };
        let view = frame.texture.create_view(&Default::default());
        let resource = resource.resource();
        let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("paint"),
            layout: &self.pipeline().layout,
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                        buffer: &resource.buffer,
                        offset: resource.offset,
                        size: wgpu::BufferSize::new(resource.size),
                    }),
                },
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: self.grid.as_entire_binding(),
                },
            ],
        });
        let mut encoder = device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                label: Some("paint"),
                color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                    view: &view,
                    depth_slice: None,
                    resolve_target: None,
                    ops: wgpu::Operations {
                        load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
                        store: wgpu::StoreOp::Store,
                    },
                })],
                ..Default::default()
            });
            pass.set_pipeline(&self.pipeline().render);
            pass.set_bind_group(0, &bindings, &[]);
            pass.draw(0..3, 0..1);
        }
        queue.submit([encoder.finish()]);
        queue.present(frame);
        Ok(())
    }
}
