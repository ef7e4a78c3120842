//! A network's parameters as one flat buffer ([`VarBuilder`]), and the list of which parameter lies where in it ([`Layout`]).
//!
//! The network's structure is written once, as code that gets tensors by name from a [`VarBuilder`] (the word is candle's).
//! With a builder that only notes the names, that code gives the [`Layout`]: names, shapes, initial values and offsets. With
//! a builder over a flat tensor, it gives the network itself. Optimiser state, moving average, weights files and gradients
//! are therefore plain vectors of one length, all in the same order.

use std::cell::RefCell;
use std::rc::Rc;

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::ops::{Context, flatten, unflatten};
use crate::rng::{Purpose, Stream};

/// How a parameter is initialised.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Init {
    /// All 0.
    Zeros,
    /// All 1.
    Ones,
    /// Uniform in ±1/√fan_in, where the number is fan_in; PyTorch's default for convolutions and linear layers.
    FanIn(usize),
    /// Gaussian with mean 0 and this standard deviation.
    Normal(f64),
}

/// One parameter of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct ParamSpec {
    /// The dotted path of PyTorch's `state_dict`, such as `mid.attn.qkv.weight`.
    pub name: String,
    /// The shape in PyTorch's layout.
    pub shape: Vec<usize>,
    /// How the parameter is initialised.
    pub init: Init,
    /// The index of the first element in the flat buffer.
    pub offset: usize,
}

impl ParamSpec {
    /// The number of elements.
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
    /// The parameters; each begins where the one before it ends.
    pub specs: Vec<ParamSpec>,
}

impl Layout {
    /// The layout of the network that `build` constructs. The builder returns placeholder tensors of one element, so the
    /// network that `build` returns cannot compute anything.
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

    /// The length of the flat buffer, P.
    pub fn len(&self) -> usize {
        self.specs.last().map_or(0, |s| s.offset + s.len())
    }

    /// Whether there is no parameter at all.
    pub fn is_empty(&self) -> bool {
        self.specs.is_empty()
    }

    /// This layout with the parameters of `other` after its own, whose names then begin with `prefix`.
    #[must_use]
    pub fn followed_by(mut self, prefix: &str, other: Self) -> Self {
        let offset = self.len();
        self.specs
            .extend(other.specs.into_iter().map(|spec| ParamSpec {
                name: format!("{prefix}{}", spec.name),
                offset: offset + spec.offset,
                ..spec
            }));
        self
    }

    /// The number of elements of each parameter.
    pub fn lengths(&self) -> Vec<usize> {
        self.specs.iter().map(ParamSpec::len).collect()
    }

    /// Initial values of all parameters, `[P]`, the same for the same seed on every machine.
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

/// The device for the placeholder tensors of [`Layout::of`]: the CPU if the program has its backend. In a program without,
/// it is the GPU, which has to be open.
fn shape_device() -> Device {
    #[cfg(feature = "cpu")]
    return Device::flex();
    #[cfg(not(feature = "cpu"))]
    Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)
}

/// Where a [`VarBuilder`] takes parameters from.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one source for each network, so its size does not matter"
)]
enum Source {
    /// From nowhere: the builder notes names and shapes in this layout and returns placeholders.
    Shapes(Layout),
    /// From a flat tensor, one after another; parameters for inference, without gradients.
    Flat {
        flat: Tensor<1>,
        /// Where the next parameter begins.
        offset: usize,
    },
    /// From the parts of a flat tensor in layout order, each of which becomes a leaf of the autodiff graph.
    Leaves {
        /// The parts that have not been taken.
        parts: std::vec::IntoIter<Tensor<1>>,
        /// The leaves made of the others.
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
/// Clones and builders made by [`VarBuilder::push_prefix`] take parameters from the same source.
#[derive(Clone)]
pub struct VarBuilder {
    ctx: Context,
    /// What precedes all names: path segments, each followed by a dot.
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

    /// A builder of parameters for inference, which it takes out of a flat tensor, `[P]`.
    pub fn from_flat(ctx: &Context, flat: Tensor<1>) -> Self {
        Self::new(ctx, Source::Flat { flat, offset: 0 })
    }

    /// A builder of parameters for training: every parameter becomes a leaf of the autodiff graph, and
    /// [`VarBuilder::into_leaves`] returns the leaves, from which the gradient follows.
    ///
    /// # Shapes
    /// * `flat`: `[P]`, outside the autodiff graph
    /// * `lengths`: the number of elements of each parameter ([`Layout::lengths`])
    pub fn from_flat_tracked(ctx: &Context, flat: &Tensor<1>, lengths: &[usize]) -> Self {
        let parts = unflatten(ctx, flat, lengths).into_iter();
        let leaves = Vec::with_capacity(lengths.len());
        Self::new(ctx, Source::Leaves { parts, leaves })
    }

    /// The device that the parameters are on, and how layers launch their kernels there.
    pub fn context(&self) -> &Context {
        &self.ctx
    }

    /// Whether the parameters are for inference only. Then a layer may rearrange them once, when it is built.
    pub fn is_inference(&self) -> bool {
        matches!(&*self.source.borrow(), Source::Flat { .. })
    }

    /// A builder whose names are prefixed with this one's prefix, `name` and a dot.
    #[must_use]
    pub fn push_prefix(&self, name: &str) -> Self {
        Self {
            prefix: format!("{}{name}.", self.prefix),
            ..self.clone()
        }
    }

    /// The next parameter, called `name` below the prefix; `init` is noted in the layout.
    ///
    /// # Shapes
    /// result: `shape`
    ///
    /// # Panics
    /// If the flat buffer has too few numbers left.
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
                // The placeholder has one element whatever the shape, because the shape may come from a file that claims a
                // huge network. No kernel reads it.
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

    /// The leaves of a network that has been built with [`VarBuilder::from_flat_tracked`]; other builders have none.
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
    /// The gradient of `loss` with respect to all parameters, as one flat tensor outside the autodiff graph. It is 0 for
    /// parameters that the loss does not depend on.
    ///
    /// # Shapes
    /// `loss`: `[1]` → `[P]`
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

/// Uploads numbers to a device as a flat tensor.
pub fn flat_tensor(values: &[f32], device: &Device) -> Tensor<1> {
    Tensor::from_data(TensorData::from(values), device)
}
