//! Weights in and out as safetensors files.

use super::controller::{App, InUse};
use super::protocol::{Activity, Event};
use crate::checkpoint::{self, Dtype};
use crate::nn::var_builder::flat_tensor;
use crate::nn::unet::{Preset, UNet};

impl App {
    /// Use the weights in `bytes`, unless they are for another preset and that was not agreed to.
    pub fn take_weights(&self, bytes: &[u8], name: &str, switch_preset: bool) {
        if self.busy_with_session("weights") {
            return;
        }
        let checkpoint = match checkpoint::decode(bytes, UNet::layout) {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                let message = format!("{name}: {error}");
                return self.refuse("weights", error.code(), message);
            }
        };
        let current = self.loaded.borrow().as_ref().map(|l| l.meta.unet);
        if let Some(current) = current
            && current != checkpoint.meta.unet
            && !switch_preset
        {
            return self.emit(&Event::OtherPreset {
                name: name.into(),
                offered: Preset::of(&checkpoint.meta.unet),
                current: Preset::of(&current),
            });
        }
        // A generation that is held belongs to other weights.
        self.generation.take();
        let device = &self.stage().opened.device;
        self.loaded.replace(Some(InUse {
            params: flat_tensor(&checkpoint.values, device),
            meta: checkpoint.meta,
            source: name.into(),
        }));
        self.announce_model();
        self.announce();
        self.preview();
    }

    /// Answer with the weights in use as a file.
    pub async fn save(&self, dtype: Dtype) {
        let Some(in_use) = self.in_use() else {
            return;
        };
        debug_assert!(self.running.get() == Activity::Nothing);
        let values = match in_use.params.into_data_async().await {
            Ok(data) => data.try_into_vec::<f32>().unwrap_or_default(),
            Err(error) => return self.refuse("save", "read_back", format!("{error:?}")),
        };
        let layout = UNet::layout(&in_use.meta.unet);
        match checkpoint::encode(&layout, &values, &in_use.meta, dtype) {
            Ok(bytes) => {
                let preset = Preset::of(&in_use.meta.unet).map_or("custom", Preset::name);
                let dtype = match dtype {
                    Dtype::F32 => "f32",
                    Dtype::F16 => "f16",
                };
                let name = format!("ddpm-{preset}-{}-{dtype}.safetensors", in_use.meta.step);
                self.emit(&Event::Weights { bytes, name });
            }
            Err(error) => self.refuse("save", error.code(), error.to_string()),
        }
    }
}
