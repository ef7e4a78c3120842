//! Parameters as one flat buffer, and the list that says which parameter lies where in it.
//!
//! The network's structure is written once, as code that *gets* tensors by name from a [`VarBuilder`] (candle's word). Run
//! with a builder that only takes notes, that code gives the [`Layout`]: names, shapes, first values and offsets. Run with
//! a builder over a flat tensor, it gives the network itself. Optimiser state, moving average, weights files and gradients
//! are then plain vectors of the same length, in the same order.

use std::cell::RefCell;
use std::rc::Rc;

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::ops::{Context, flatten, unflatten};
use crate::rng::{Purpose, Stream};

/// How a parameter gets its first value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Init {
    Zeros,
    Ones,
    /// Uniform in ±1/√fan_in, PyTorch's default for convolutions and linear layers.
    FanIn(usize),
    /// Gaussian with this standard deviation.
    Normal(f64),
}

/// One parameter: a dotted path and a shape, both as PyTorch has them.
#[derive(Debug, Clone, PartialEq)]
pub struct ParamSpec {
    pub name: String,
    pub shape: Vec<usize>,
    pub init: Init,
    /// Index of the first element in the flat buffer.
    pub offset: usize,
}

impl ParamSpec {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether the parameter has no elements (never so in a valid network).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// All parameters of a network in the order of its flat buffer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    pub specs: Vec<ParamSpec>,
}

impl Layout {
    /// The layout of the network that `build` makes of its parameters. The builder gives out empty tensors, so no kernel
    /// runs.
    pub fn of<T>(build: impl FnOnce(&VarBuilder) -> T) -> Self {
        let vb = VarBuilder::new(
            &Context::new(shape_device(), crate::ops::Capabilities::PLAIN),
            Source::Shapes(Layout::default()),
        );
        build(&vb);
        match vb.source.take() {
            Source::Shapes(layout) => layout,
            _ => unreachable!("the source is the one given above"),
        }
    }

    /// Length of the flat buffer.
    pub fn len(&self) -> usize {
        self.specs.last().map_or(0, |s| s.offset + s.len())
    }

    /// Whether there is no parameter at all.
    pub fn is_empty(&self) -> bool {
        self.specs.is_empty()
    }

    /// Elements of each parameter.
    pub fn lengths(&self) -> Vec<usize> {
        self.specs.iter().map(ParamSpec::len).collect()
    }

    /// Fresh values, the same for the same seed on every machine.
    pub fn initial(&self, seed: u64) -> Vec<f32> {
        let mut flat = Vec::with_capacity(self.len());
        for (index, spec) in self.specs.iter().enumerate() {
            let mut stream = Stream::new(seed, Purpose::Init, index as u64);
            match spec.init {
                Init::Zeros => flat.extend(std::iter::repeat_n(0.0, spec.len())),
                Init::Ones => flat.extend(std::iter::repeat_n(1.0, spec.len())),
                Init::FanIn(fan_in) => {
                    let bound = 1.0 / (fan_in as f32).sqrt();
                    flat.extend((0..spec.len()).map(|_| (2.0 * stream.uniform() - 1.0) * bound));
                }
                Init::Normal(std) => {
                    let start = flat.len();
                    flat.resize(start + spec.len(), 0.0);
                    stream.fill_gaussian(&mut flat[start..]);
                    flat[start..].iter_mut().for_each(|v| *v *= std as f32);
                }
            }
        }
        flat
    }
}

/// A device for tensors whose shapes alone matter: the CPU where the program has one. In a program without the CPU's
/// backend it is the GPU, which has to be open.
fn shape_device() -> Device {
    #[cfg(feature = "cpu")]
    return Device::flex();
    #[cfg(not(feature = "cpu"))]
    Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)
}

/// Where a [`VarBuilder`] takes parameters from.
enum Source {
    /// None: it takes notes of what it is asked for.
    Shapes(Layout),
    /// A flat tensor, cut up from the front; parameters for inference, without gradients.
    Flat { flat: Tensor<1>, offset: usize },
    /// The parts of a flat tensor in layout order, each of which becomes a leaf of the autodiff graph.
    Leaves {
        parts: std::vec::IntoIter<Tensor<1>>,
        leaves: Vec<Tensor<1>>,
    },
}

impl Default for Source {
    fn default() -> Self {
        Self::Shapes(Layout::default())
    }
}

/// Gives a network under construction its parameters by name, in layout order.
///
/// Clones and builders made by [`VarBuilder::push_prefix`] take from the same source.
#[derive(Clone)]
pub struct VarBuilder {
    ctx: Context,
    prefix: String,
    source: Rc<RefCell<Source>>,
}

impl VarBuilder {
    fn new(ctx: &Context, source: Source) -> Self {
        Self {
            ctx: ctx.clone(),
            prefix: String::new(),
            source: Rc::new(RefCell::new(source)),
        }
    }

    /// Parameters for inference, out of a flat tensor [P].
    pub fn from_flat(ctx: &Context, flat: Tensor<1>) -> Self {
        Self::new(ctx, Source::Flat { flat, offset: 0 })
    }

    /// Parameters for training: every parameter becomes a leaf of the autodiff graph, whose gradient
    /// [`VarBuilder::into_leaves`] gives.
    ///
    /// * `flat`: [P], itself without autodiff
    /// * `lengths`: the numbers of each parameter ([`Layout::lengths`])
    pub fn from_flat_tracked(ctx: &Context, flat: &Tensor<1>, lengths: &[usize]) -> Self {
        let parts = unflatten(ctx, flat, lengths).into_iter();
        let leaves = Vec::with_capacity(lengths.len());
        Self::new(ctx, Source::Leaves { parts, leaves })
    }

    /// The device that the parameters are on, and how layers launch their kernels there.
    pub fn context(&self) -> &Context {
        &self.ctx
    }

    /// Whether gradients will be asked for. Where they are not, a layer may rearrange its parameters once and for all.
    pub fn trains(&self) -> bool {
        !matches!(&*self.source.borrow(), Source::Flat { .. })
    }

    /// A builder whose names are prefixed with this one's prefix, `name` and a dot.
    #[must_use]
    pub fn push_prefix(&self, name: &str) -> Self {
        Self {
            prefix: format!("{}{name}.", self.prefix),
            ..self.clone()
        }
    }

    /// The next parameter, called `name` below the prefix.
    ///
    /// # Panics
    /// If the flat buffer has no more numbers.
    pub fn get<const D: usize>(&self, name: &str, shape: [usize; D], init: Init) -> Tensor<D> {
        let length: usize = shape.iter().product();
        match &mut *self.source.borrow_mut() {
            Source::Shapes(layout) => {
                let offset = layout.len();
                layout.specs.push(ParamSpec {
                    name: format!("{}{name}", self.prefix),
                    shape: shape.to_vec(),
                    init,
                    offset,
                });
                // One element: the shape may come from a hostile file, and no kernel reads the tensor.
                Tensor::empty([1; D], self.ctx.device())
            }
            Source::Flat { flat, offset } => {
                *offset += length;
                flat.clone()
                    .narrow(0, *offset - length, length)
                    .reshape(shape)
            }
            Source::Leaves { parts, leaves } => {
                let part = parts.next().expect("a part for each parameter");
                let leaf = part.autodiff().require_grad();
                leaves.push(leaf.clone());
                leaf.reshape(shape)
            }
        }
    }

    /// The leaves given out so far, once the network is built. A builder that does not track has none.
    pub fn into_leaves(self) -> Leaves {
        let leaves = match self.source.take() {
            Source::Leaves { leaves, .. } => leaves,
            Source::Shapes(_) | Source::Flat { .. } => Vec::new(),
        };
        Leaves {
            ctx: self.ctx,
            leaves,
        }
    }
}

/// The autodiff leaves of a network, in layout order.
pub struct Leaves {
    ctx: Context,
    leaves: Vec<Tensor<1>>,
}

impl Leaves {
    /// The gradient of `loss`, [1], with respect to all parameters: one flat tensor without autodiff, [P], with zeros
    /// where a parameter took no part.
    pub fn flat_gradient(&self, loss: &Tensor<1>) -> Tensor<1> {
        let mut gradients = loss.backward();
        let parts = self
            .leaves
            .iter()
            .map(|leaf| {
                leaf.grad_remove(&mut gradients)
                    .unwrap_or_else(|| leaf.clone().inner().zeros_like())
            })
            .collect();
        flatten(&self.ctx, parts)
    }
}

/// A flat buffer on a device, [P].
pub fn flat_tensor(values: &[f32], device: &Device) -> Tensor<1> {
    Tensor::from_data(TensorData::from(values), device)
}
