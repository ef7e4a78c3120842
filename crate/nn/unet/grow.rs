//! A trained network made larger, without a change of what it computes.
//!
//! The larger network begins where the smaller one has arrived, in place of at the zero function. Channels are repeated
//! (Chen, Goodfellow & Shlens 2016, "Net2Net", section 2.3): each channel becomes r neighbours with the same value, and
//! whatever reads them reads each with a share of the old weight. The shares of a weight add up to 1 and differ from one
//! another at random, so that the gradients of the r channels differ, too, and training makes them different.

use super::{UNet, UNetConfig};
use crate::nn::var_builder::{Layout, ParamSpec};
use crate::rng::{Purpose, Stream};

/// How far a share may be from 1/r, as a part of 1/r.
const SPREAD: f32 = 0.5;

/// The parameters of a network of the shape `to` that computes what the network of the shape `from` does.
///
/// Channels may become any whole multiple of what they are at each of the three sizes, attention may be added where there
/// was none (its projection begins at zero), and so may classes: a new class begins as "no class". A network that drops all
/// classes computes what the old one did without a class.
///
/// # Shapes
/// * `values`: `[P]` of `from`; the result is `[P]` of `to`
///
/// `seed` names the random shares, and the first values of an attention that is new.
///
/// # Errors
/// Names what of `from` has no place in `to`.
pub fn grow(
    values: &[f32],
    from: &UNetConfig,
    to: &UNetConfig,
    seed: u64,
) -> Result<Vec<f32>, String> {
    check(from, to)?;
    let [old, new] = [from, to].map(UNet::layout);
    let mut grown = new.initial(seed);
    for (index, spec) in new.specs.iter().enumerate() {
        let target = &mut grown[spec.offset..][..spec.len()];
        let Some(source) = old.specs.iter().find(|old| old.name == spec.name) else {
            // An attention keeps its first values, with which it is the identity.
            if spec.name == CLASS_EMBED {
                target.fill(0.0);
            }
            continue;
        };
        let mut shares = Stream::new(seed, Purpose::Growth, index as u64);
        let source = Source {
            shape: &source.shape,
            values: &values[source.offset..][..source.len()],
        };
        match spec.name.as_str() {
            CLASS_EMBED => source.classes(spec, from, to, target),
            "time_mlp.0.weight" => source.time_features(spec, target),
            _ => source.repeat(spec, &mut shares, target),
        }
        if spec.name.contains("attn.qkv.") {
            // r times as many products are added up, and divided by the root of r times as many channels.
            let r = (spec.shape[0] / source.shape[0]) as f32;
            let query = target.len() / 3;
            target[..query].iter_mut().for_each(|v| *v /= r.sqrt());
        }
    }
    if to.classes == 0 && from.classes > 0 {
        add_no_class(values, &old, from, &new, &mut grown);
    }
    Ok(grown)
}

const CLASS_EMBED: &str = "class_embed.weight";

/// What of `from` has no place in `to`.
fn check(from: &UNetConfig, to: &UNetConfig) -> Result<(), String> {
    for (size, (old, new)) in ["28×28", "14×14", "7×7"]
        .iter()
        .zip(from.channels.iter().zip(&to.channels))
    {
        if new % old != 0 {
            return Err(format!(
                "A network grows by whole multiples: {old} channels at {size} cannot become {new}."
            ));
        }
    }
    if from.groups != to.groups {
        return Err(format!(
            "GroupNorm's statistics are of {} groups and would be others with {}: only networks with equally many groups grow \
             into one another.",
            from.groups, to.groups
        ));
    }
    if (0..3).any(|level| from.attention[level] && !to.attention[level]) {
        return Err(
            "The weights have self-attention at a size where the larger network has none.".into(),
        );
    }
    if from.heads != to.heads && from.attention.contains(&true) {
        return Err(format!(
            "The weights' self-attention has heads of its own number, {}, and {} would split it otherwise.",
            from.heads, to.heads
        ));
    }
    if to.classes > 0 && to.classes < from.classes {
        return Err(format!(
            "The weights know {} classes and cannot be reduced to {}; without any, 0, they can.",
            from.classes, to.classes
        ));
    }
    if from.out_channels != to.out_channels {
        return Err(
            "Weights with a learned variance and weights without one do not grow into one another."
                .into(),
        );
    }
    Ok(())
}

/// A parameter of the smaller network.
struct Source<'a> {
    shape: &'a [usize],
    values: &'a [f32],
}

impl Source<'_> {
    /// Each output channel repeated, and each input channel repeated with its shares. A parameter with one axis has outputs
    /// alone.
    fn repeat(&self, spec: &ParamSpec, shares: &mut Stream, target: &mut [f32]) {
        let times_out = spec.shape[0] / self.shape[0];
        let inputs = self.shape.get(1).copied().unwrap_or(1);
        let times_in = spec.shape.get(1).map_or(1, |&new| new / inputs);
        let kernel: usize = self.shape.iter().skip(2).product();
        let mut parts = vec![0.0; times_in];
        for (o, row) in target
            .chunks_exact_mut(inputs * times_in * kernel)
            .enumerate()
        {
            let old_row = &self.values[o / times_out * inputs * kernel..][..inputs * kernel];
            for (old, new) in old_row
                .chunks_exact(kernel)
                .zip(row.chunks_exact_mut(times_in * kernel))
            {
                fill_shares(&mut parts, shares);
                for (part, new) in parts.iter().zip(new.chunks_exact_mut(kernel)) {
                    for (new, old) in new.iter_mut().zip(old) {
                        *new = part * old;
                    }
                }
            }
        }
    }

    /// The first layer of the embedding of t reads sines and cosines of t at c₁/2 frequencies, spread geometrically: every
    /// r-th of the larger network's is one of the smaller network's, and those in between are read with weight 0.
    fn time_features(&self, spec: &ParamSpec, target: &mut [f32]) {
        let times_out = spec.shape[0] / self.shape[0];
        let (old_width, new_width) = (self.shape[1], spec.shape[1]);
        let times_in = new_width / old_width;
        for (o, row) in target.chunks_exact_mut(new_width).enumerate() {
            let old_row = &self.values[o / times_out * old_width..][..old_width];
            for (i, new) in row.iter_mut().enumerate() {
                // Sines and cosines are halves of the same length, a multiple of `times_in`.
                *new = if i % times_in == 0 {
                    old_row[i / times_in]
                } else {
                    0.0
                };
            }
        }
    }

    /// The rows of the classes, and the last one, which is that of "no class".
    fn classes(&self, spec: &ParamSpec, from: &UNetConfig, to: &UNetConfig, target: &mut [f32]) {
        let (old_width, new_width) = (self.shape[1], spec.shape[1]);
        for (class, row) in target.chunks_exact_mut(new_width).enumerate() {
            let known = class < from.classes && class != to.no_class();
            let old = if known { class } else { from.no_class() };
            let old_row = &self.values[old * old_width..][..old_width];
            for (i, new) in row.iter_mut().enumerate() {
                *new = old_row[i / (new_width / old_width)];
            }
        }
    }
}

/// Random numbers near 1/r that add up to 1, where r is how many there are.
fn fill_shares(parts: &mut [f32], stream: &mut Stream) {
    if let [part] = parts {
        *part = 1.0;
        return;
    }
    let count = parts.len() as f32;
    parts.iter_mut().for_each(|part| *part = stream.uniform());
    let mean = parts.iter().sum::<f32>() / count;
    for part in parts {
        *part = (1.0 + SPREAD * (*part - mean)) / count;
    }
}

/// Adds the embedding of "no class" to the bias that the embedding of t ends with: the two are added to one another anyway.
fn add_no_class(values: &[f32], old: &Layout, from: &UNetConfig, new: &Layout, grown: &mut [f32]) {
    let spec = |layout: &Layout, name: &str| {
        let found = layout.specs.iter().find(|spec| spec.name == name);
        found.map(|spec| (spec.offset, spec.shape.clone()))
    };
    let (Some((rows, shape)), Some((bias, width))) =
        (spec(old, CLASS_EMBED), spec(new, "time_mlp.2.bias"))
    else {
        return;
    };
    let (old_width, new_width) = (shape[1], width[0]);
    let row = &values[rows + from.no_class() * old_width..][..old_width];
    for (i, bias) in grown[bias..][..new_width].iter_mut().enumerate() {
        *bias += row[i / (new_width / old_width)];
    }
}

#[cfg(all(test, feature = "cpu"))]
#[path = "grow_tests.rs"]
mod tests;
