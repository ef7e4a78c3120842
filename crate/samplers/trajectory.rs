//! [`Trajectory`]: frames of a draw, kept while it is drawn, to be looked at afterwards.
//!
//! # What is kept
//! Of each pass: x_t as the network was given it, and what it made of it, x̂₀ (clipped as the sampler clips it) and ε̂ (the
//! network's own estimate, which clipping does not change). After the last pass: x alone. All are bytes: x and x̂₀ from −1 … 1
//! as the page shows them ([`to_bytes`]), ε̂ from −[`EPS_RANGE`] … [`EPS_RANGE`], which 99.7 % of standard Gaussian noise is in.
//!
//! # How much
//! A draw of more than [`MAX_FRAMES`] passes keeps that many of them, spread evenly, the first and the last included. 64
//! digits are then 3 × 100 × 64 × 784 bytes, 15.1 MB. A program keeps one draw at a time.
//!
//! # Where
//! On a GPU the bytes are made and stay there: a launch before each pass's end packs them into one buffer ([`GpuFrames`]), as
//! a part of the captured pass, so that nothing is read back while drawing. x̂₀ and ε̂ come from the network's output rather than
//! from x_t and the next x: noise, clipping and x̂₀ of the pass before are in that, too. On lavapipe 18 passes of 64 digits by
//! the preset tiny took 15.3 to 15.9 s with and without. Elsewhere the bytes are in a vector.

use std::ops::Range;

use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::images::{from_bytes, to_bytes};
use crate::nn::unet::{PIXELS, SIZE};
use crate::ops::Context;
#[cfg(feature = "gpu")]
use crate::ops::GpuFrames;

/// Most passes of which frames are kept.
pub const MAX_FRAMES: usize = 100;

/// The largest |ε̂| that is kept; larger ones count as that.
pub const EPS_RANGE: u32 = 3;

/// A part of what is kept of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum FrameKind {
    /// x_t as the network was given it; also x after the last pass.
    X,
    /// The estimate x̂₀ of the image.
    X0Hat,
    /// The estimate ε̂ of the noise.
    EpsHat,
}

impl FrameKind {
    /// All of them, in the order in which they are stored.
    pub const ALL: [Self; 3] = [Self::X, Self::X0Hat, Self::EpsHat];

    /// The number of the plane that holds it.
    fn plane(self) -> usize {
        self as usize
    }
}

/// Where in a draw a frame stands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Frame {
    /// The steps of the draw that were taken before it.
    pub step: u32,
    /// The t of x; `None` for an image without noise.
    pub t: Option<u32>,
    /// ᾱ of x, 0 to 1.
    pub alpha_bar: f64,
    /// The signal-to-noise ratio ᾱ/(1 − ᾱ) of x; infinite for an image without noise.
    pub snr: f64,
}

impl Frame {
    pub(super) fn new(step: usize, t: Option<usize>, alpha_bar: f64) -> Self {
        Self {
            step: step as u32,
            t: t.map(|t| t as u32),
            alpha_bar,
            snr: alpha_bar / (1.0 - alpha_bar),
        }
    }
}

/// The bytes of the frames, [3, images, places, 28·28]. On a GPU a copy is another handle of the same buffer.
#[derive(Debug, Clone)]
enum Store {
    Host(Vec<u8>),
    #[cfg(feature = "gpu")]
    Gpu(Box<GpuFrames>),
}

/// Keeps the frames of a draw while it is drawn.
#[derive(Debug)]
pub(super) struct Recorder {
    images: usize,
    /// The place of each step of the draw, `None` for one whose frame is not kept.
    places: Vec<Option<usize>>,
    kept: usize,
    frames: Vec<Frame>,
    store: Store,
}

/// x_t, x̂₀ and ε̂ of a pass, [B, 1, 28, 28] each.
pub(super) struct Estimates {
    pub x_t: Tensor<4>,
    pub x0_hat: Tensor<4>,
    pub eps_hat: Tensor<4>,
}

/// The places among those kept of `passes` passes: `None` for those that are not kept.
fn spread(passes: usize) -> Vec<Option<usize>> {
    let kept = passes.min(MAX_FRAMES);
    let mut places = vec![None; passes];
    for place in 0..kept {
        // The first at 0 and the last at passes − 1. A draw of one pass has only the first.
        let at = (place * (passes - 1)).checked_div(kept - 1).unwrap_or(0);
        places[at] = Some(place);
    }
    places
}

impl Recorder {
    /// For a draw of images like `x`, [B, 1, 28, 28]. `is_pass`: for each step of its plan whether it is a pass of the
    /// network.
    pub fn new(ctx: &Context, x: &Tensor<4>, is_pass: &[bool]) -> Self {
        let passes = is_pass.iter().filter(|&&is_pass| is_pass).count();
        let mut places_of_passes = spread(passes).into_iter();
        let places = is_pass
            .iter()
            .map(|&is_pass| is_pass.then(|| places_of_passes.next().flatten()).flatten())
            .collect();
        let images = x.dims()[0];
        let kept = passes.min(MAX_FRAMES);
        Self {
            images,
            places,
            kept,
            frames: Vec::with_capacity(kept + 1),
            store: Store::new(ctx, x, images, kept),
        }
    }

    /// The place of a step's frame; `None` if it is not kept.
    pub fn place(&self, step: usize) -> Option<usize> {
        self.places[step]
    }

    /// The frames on a GPU, if that is where they are.
    #[cfg(feature = "gpu")]
    pub fn on_gpu(&self) -> Option<&GpuFrames> {
        match &self.store {
            Store::Gpu(frames) => Some(frames),
            Store::Host(_) => None,
        }
    }

    /// Keeps the frame at this place.
    pub fn keep(&mut self, place: usize, estimates: Estimates) {
        let Estimates {
            x_t,
            x0_hat,
            eps_hat,
        } = estimates;
        match &mut self.store {
            #[cfg(feature = "gpu")]
            Store::Gpu(frames) => frames.keep(place, x_t, x0_hat, eps_hat),
            Store::Host(bytes) => {
                let planes = [x_t, x0_hat, eps_hat / f64::from(EPS_RANGE)];
                for (plane, values) in planes.into_iter().enumerate() {
                    let values = values.into_data().try_into_vec::<f32>();
                    let greys = to_bytes(&values.expect("images are f32"));
                    for (image, greys) in greys.chunks(PIXELS).enumerate() {
                        let row = plane * self.images + image;
                        let at = (row * self.kept + place) * PIXELS;
                        bytes[at..at + PIXELS].copy_from_slice(greys);
                    }
                }
            }
        }
    }

    /// Notes that this step, whose frame is `frame`, was taken.
    pub fn note(&mut self, step: usize, frame: Frame) {
        if self.places[step].is_some() {
            self.frames.push(frame);
        }
    }

    /// What was kept. `end`: where x stands after the last step; `pixels`: x there, as bytes, [images, 28, 28].
    pub fn finish(mut self, end: Frame, pixels: Vec<u8>) -> Trajectory {
        assert_eq!(pixels.len(), self.images * PIXELS, "one byte a pixel");
        self.frames.push(end);
        Trajectory {
            images: self.images,
            places: self.kept,
            frames: self.frames,
            store: self.store,
            pixels,
        }
    }
}

impl Recorder {
    /// What was kept so far of a draw that goes on; `end` and `pixels` as in [`Recorder::finish`]. `None` before the first pass.
    pub fn so_far(&self, end: Frame, pixels: Vec<u8>) -> Option<Trajectory> {
        let copy = Self {
            images: self.images,
            places: Vec::new(),
            kept: self.kept,
            frames: self.frames.clone(),
            store: self.store.clone(),
        };
        (!self.frames.is_empty()).then(|| copy.finish(end, pixels))
    }
}

impl Store {
    #[cfg_attr(not(feature = "gpu"), expect(unused_variables))]
    fn new(ctx: &Context, x: &Tensor<4>, images: usize, places: usize) -> Self {
        #[cfg(feature = "gpu")]
        if let Some(frames) = GpuFrames::new(ctx, x, places, EPS_RANGE) {
            return Self::Gpu(Box::new(frames));
        }
        Self::Host(vec![0; FrameKind::ALL.len() * images * places * PIXELS])
    }
}

/// The frames of a draw that has ended, of at most [`MAX_FRAMES`] passes and of x after the last one.
#[derive(Debug)]
pub struct Trajectory {
    images: usize,
    /// Places for frames in `store`, of which the first ones are filled: fewer were taken of a draw that was given up.
    places: usize,
    /// Those of passes, and last that of `pixels`.
    frames: Vec<Frame>,
    store: Store,
    /// x after the last pass, [images, 28, 28].
    pixels: Vec<u8>,
}

impl Trajectory {
    /// The number of images.
    pub fn images(&self) -> usize {
        self.images
    }

    /// Where each frame stands, in the order in which they were taken. The last is of x after the last pass.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// The number of frames of a kind: of x all, of an estimate all but the last, as nothing was estimated there.
    pub fn count(&self, kind: FrameKind) -> usize {
        match kind {
            FrameKind::X => self.frames.len(),
            FrameKind::X0Hat | FrameKind::EpsHat => self.frames.len() - 1,
        }
    }

    /// The images of frame `index`, [images, 1, 28, 28], with values from −1 to 1 that show the bytes kept. `None` if there are
    /// not so many frames of the kind.
    pub fn frame(&self, ctx: &Context, kind: FrameKind, index: usize) -> Option<Tensor<4>> {
        if index >= self.count(kind) {
            return None;
        }
        let shape = [self.images, 1, SIZE, SIZE];
        let bytes = match &self.store {
            _ if index + 1 == self.frames.len() => self.pixels.clone(),
            #[cfg(feature = "gpu")]
            Store::Gpu(frames) => return Some(frames.frame(kind.plane(), index).reshape(shape)),
            Store::Host(bytes) => (0..self.images)
                .flat_map(|image| {
                    let row = kind.plane() * self.images + image;
                    let at = (row * self.places + index) * PIXELS;
                    &bytes[at..at + PIXELS]
                })
                .copied()
                .collect(),
        };
        let data = TensorData::new(from_bytes(&bytes), shape);
        Some(Tensor::from_data(data, ctx.device()))
    }

    /// All frames of a kind of some images as bytes, [images, [`count`](Self::count), 28, 28].
    ///
    /// # Errors
    /// If the device does not give them back.
    ///
    /// # Panics
    /// If there are not so many images.
    pub async fn bytes(&self, kind: FrameKind, images: Range<usize>) -> Result<Vec<u8>, String> {
        assert!(images.end <= self.images, "{images:?} of {}", self.images);
        let image = self.places * PIXELS;
        let stored = match &self.store {
            #[cfg(feature = "gpu")]
            Store::Gpu(frames) => frames.read(kind.plane(), images.clone()).await?,
            Store::Host(bytes) => {
                let row = |image: usize| kind.plane() * self.images + image;
                bytes[row(images.start) * image..row(images.end) * image].to_vec()
            }
        };
        let passes = (self.frames.len() - 1) * PIXELS;
        let mut bytes = Vec::with_capacity(images.len() * self.count(kind) * PIXELS);
        for (number, stored) in images.zip(stored.chunks(image)) {
            bytes.extend(&stored[..passes]);
            if kind == FrameKind::X {
                bytes.extend(&self.pixels[number * PIXELS..(number + 1) * PIXELS]);
            }
        }
        Ok(bytes)
    }
}

impl Trajectory {
    /// x_t of one image as the network was given it in the pass of frame `index`, [28·28], as far as the bytes that are kept say
    /// it. Greys between black and white are off by at most 1/255. A pixel beyond −1 … 1 is kept as black or white, so it is
    /// computed from the estimates of the pass, √ᾱ·x̂₀ + √(1−ᾱ)·ε̂; that is off where x̂₀ was clipped or |ε̂| is above
    /// [`EPS_RANGE`]. With the weights of the page the pixels of a pass are off by less than 0.02 on average
    /// (`what_a_pass_was_given_is_put_together_from_its_frame` in crate/web/driver/tests/watch.rs).
    ///
    /// # Errors
    /// If there is no such image, or no pass of that number, or if the device does not give the bytes back.
    pub async fn x_t(&self, image: usize, index: usize) -> Result<Vec<f32>, String> {
        if image >= self.images {
            return Err(format!(
                "There is no digit {}: the last draw has {}.",
                image + 1,
                self.images
            ));
        }
        let passes = self.count(FrameKind::EpsHat);
        if index >= passes {
            return Err(format!(
                "There is no pass {}: of the last draw {passes} are kept.",
                index + 1
            ));
        }
        let mut planes = Vec::new();
        for kind in FrameKind::ALL {
            let bytes = self.bytes(kind, image..image + 1).await?;
            planes.push(bytes[index * PIXELS..][..PIXELS].to_vec());
        }
        let alpha_bar = self.frames[index].alpha_bar;
        let (signal, noise) = (alpha_bar.sqrt() as f32, (1.0 - alpha_bar).sqrt() as f32);
        let [x, x0_hat, eps_hat] = [0, 1, 2].map(|plane| from_bytes(&planes[plane]));
        let pixel = |at: usize| {
            let estimate = signal * x0_hat[at] + noise * eps_hat[at] * EPS_RANGE as f32;
            match planes[0][at] {
                0 => estimate.min(-1.0),
                255 => estimate.max(1.0),
                _ => x[at],
            }
        };
        Ok((0..PIXELS).map(pixel).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_spread_from_the_first_to_the_last() {
        for passes in [1, 2, 50, 99, 100, 101, 137, 200, 1000, 4000] {
            let places = spread(passes);
            assert_eq!(places.len(), passes);
            let kept: Vec<usize> = places.iter().flatten().copied().collect();
            assert!(
                kept.iter().copied().eq(0..passes.min(MAX_FRAMES)),
                "{passes}"
            );
            assert_eq!(places[0], Some(0), "{passes}");
            assert_eq!(places[passes - 1], Some(kept.len() - 1), "{passes}");
            let taken: Vec<usize> = (0..passes).filter(|&at| places[at].is_some()).collect();
            let gaps: Vec<usize> = taken.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let (low, high) = (gaps.iter().min(), gaps.iter().max());
            assert!(
                low.zip(high).is_none_or(|(low, high)| high - low <= 1),
                "{passes}"
            );
        }
        assert!(spread(0).is_empty());
    }

    #[test]
    fn a_level_says_its_signal_to_noise_ratio() {
        let frame = Frame::new(3, Some(500), 0.8);
        assert!((frame.snr - 4.0).abs() < 1e-12);
        assert_eq!(Frame::new(4, None, 1.0).snr, f64::INFINITY);
    }
}
