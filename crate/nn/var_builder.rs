//! Parameters as one flat buffer, and the list that says what stands where in it.
//!
//! The network's structure is written once, as code that *takes* tensors by name from a
//! [`Source`]. Walking that code with a source that only takes notes gives the [`Layout`]: names,
//! shapes, first values and offsets. Walking it with a source that cuts a flat tensor gives the
//! network itself. Optimiser state, EMA, checkpoints and gradients are then plain vectors of the
//! same length, in the same order.

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::runtime::placeholder;
use crate::ops::{join, split};
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

/// Where a network under construction takes its parameters from.
pub trait Source {
    /// The next parameter, named `name` below the current scope.
    fn take<const D: usize>(&mut self, name: &str, shape: [usize; D], init: Init) -> Tensor<D>;
    /// Whether gradients will be asked for; where not, a layer may rearrange its parameters once and for all.
    fn trains(&self) -> bool {
        true
    }
    /// Enter a scope: names taken until [`Source::leave`] are prefixed with `name` and a dot.
    fn enter(&mut self, name: &str);
    fn leave(&mut self);

    /// Run `build` inside the scope `name`.
    fn scoped<T>(&mut self, name: &str, build: impl FnOnce(&mut Self) -> T) -> T
    where
        Self: Sized,
    {
        self.enter(name);
        let built = build(self);
        self.leave();
        built
    }
}

/// Takes notes: gives back placeholders and remembers what was asked for.
pub struct Recorder {
    scope: Vec<String>,
    layout: Layout,
    device: Device,
}

impl Recorder {
    /// The layout of the network that `build` takes from its source.
    pub fn layout<T>(build: impl FnOnce(&mut Recorder) -> T) -> Layout {
        let mut recorder = Recorder {
            scope: Vec::new(),
            layout: Layout::default(),
            device: placeholder(),
        };
        build(&mut recorder);
        recorder.layout
    }
}

impl Source for Recorder {
    fn take<const D: usize>(&mut self, name: &str, shape: [usize; D], init: Init) -> Tensor<D> {
        let mut path = self.scope.clone();
        path.push(name.to_owned());
        self.layout.specs.push(ParamSpec {
            name: path.join("."),
            shape: shape.to_vec(),
            init,
            offset: self.layout.len(),
        });
        // One element: the shapes may come from a hostile file, and nobody computes with these.
        Tensor::empty([1; D], &self.device)
    }

    fn enter(&mut self, name: &str) {
        self.scope.push(name.to_owned());
    }

    fn leave(&mut self) {
        self.scope.pop();
    }
}

/// Cuts a flat tensor into parameters, in layout order.
///
/// Where it tracks, every parameter becomes a leaf of the autodiff graph and is kept in the flat
/// shape, so that its gradient can be asked for after `backward` (see [`Leaves`]).
pub struct Slices {
    flat: Tensor<1>,
    offset: usize,
    /// All parameters, where they were cut at once.
    cut: Option<std::vec::IntoIter<Tensor<1>>>,
    leaves: Option<Vec<Tensor<1>>>,
}

impl Slices {
    /// Parameters for inference: no gradients.
    pub fn new(flat: Tensor<1>) -> Self {
        Self {
            flat,
            offset: 0,
            cut: None,
            leaves: None,
        }
    }

    /// Parameters as autodiff leaves, of so many elements each ([`Layout::lengths`]); `flat` itself has no autodiff.
    pub fn tracked(flat: Tensor<1>, lengths: &[usize]) -> Self {
        Self {
            cut: split(flat.clone(), lengths).map(Vec::into_iter),
            flat,
            offset: 0,
            leaves: Some(Vec::new()),
        }
    }

    fn next(&mut self, len: usize) -> Tensor<1> {
        if let Some(piece) = self.cut.as_mut().and_then(Iterator::next) {
            return piece;
        }
        let piece = self.flat.clone().narrow(0, self.offset, len);
        self.offset += len;
        piece
    }

    /// The leaves handed out, once the network is built.
    pub fn into_leaves(self) -> Leaves {
        Leaves(self.leaves.unwrap_or_default())
    }
}

impl Source for Slices {
    fn take<const D: usize>(&mut self, _name: &str, shape: [usize; D], _init: Init) -> Tensor<D> {
        let piece = self.next(shape.iter().product());
        match &mut self.leaves {
            None => piece.reshape(shape),
            Some(leaves) => {
                let leaf = piece.autodiff().require_grad();
                leaves.push(leaf.clone());
                leaf.reshape(shape)
            }
        }
    }

    fn trains(&self) -> bool {
        self.leaves.is_some()
    }

    fn enter(&mut self, _name: &str) {}
    fn leave(&mut self) {}
}

/// The autodiff leaves of a network, in layout order.
pub struct Leaves(Vec<Tensor<1>>);

impl Leaves {
    /// All gradients in one flat tensor without autodiff, zeros where a parameter took no part.
    pub fn flat_gradient(&self, loss: &Tensor<1>) -> Tensor<1> {
        let mut gradients = loss.backward();
        let pieces: Vec<Tensor<1>> = self
            .0
            .iter()
            .map(|leaf| {
                leaf.grad_remove(&mut gradients)
                    .unwrap_or_else(|| leaf.clone().inner().zeros_like())
            })
            .collect();
        join(&pieces).unwrap_or_else(|| Tensor::cat(pieces, 0))
    }
}

/// A flat buffer on a device.
pub fn flat_tensor(values: &[f32], device: &Device) -> Tensor<1> {
    Tensor::from_data(TensorData::from(values), device)
}
