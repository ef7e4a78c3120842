//! The network's configuration from the shapes of its parameters, for weights files that do not describe it.

use super::config::{Preset, UNetConfig};

impl UNetConfig {
    /// The configuration of the network whose parameters have these shapes, by their names; `None` if it is no network of
    /// this program. Shapes do not tell the number of groups, which is that of the preset with these channels, or else the
    /// largest divisor of all channel counts up to 8; nor the number of heads, which is taken to be 1.
    pub fn of_shapes(shape: impl Fn(&str) -> Option<Vec<usize>>) -> Option<Self> {
        let rows = |name: &str| shape(name)?.first().copied();
        let channels = [
            rows("conv_in.weight")?,
            rows("down.0.downsample.weight")?,
            rows("down.1.downsample.weight")?,
        ];
        let classes = match rows("class_embed.weight") {
            Some(rows) => rows.checked_sub(1)?,
            None => 0,
        };
        let preset = Preset::ALL.map(Preset::config);
        let preset = preset.into_iter().find(|it| it.channels == channels);
        let dividing = |groups: &usize| channels.iter().all(|c| c % groups == 0);
        let groups = preset.map(|it| it.groups).or((1..=8).rev().find(dividing));
        let config = Self {
            classes,
            attention: ["down.0", "down.1", "mid"]
                .map(|part| shape(&format!("{part}.attn.norm.weight")).is_some()),
            out_channels: rows("conv_out.weight")?,
            ..Self::new(channels, groups?)
        };
        config.validate().is_ok().then_some(config)
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::nn::unet::UNet;

    /// What the parameters' shapes say is the network that they come from.
    #[test]
    fn a_network_is_recognised_by_its_parameters() {
        let small = Preset::Small.config();
        let others = [
            UNetConfig {
                classes: 0,
                ..small
            },
            UNetConfig {
                classes: 62,
                out_channels: 2,
                ..small
            },
            UNetConfig {
                attention: [true, false, false],
                ..small
            },
            UNetConfig {
                attention: [false, true, true],
                ..UNetConfig::new([8, 16, 24], 8)
            },
        ];
        for config in Preset::ALL.map(Preset::config).into_iter().chain(others) {
            let layout = UNet::layout(&config);
            let shape = |name: &str| {
                let mut specs = layout.specs.iter();
                Some(specs.find(|spec| spec.name == name)?.shape.clone())
            };
            assert_eq!(UNetConfig::of_shapes(shape), Some(config));
        }
        assert_eq!(UNetConfig::of_shapes(|_| None), None);
        assert_eq!(UNetConfig::of_shapes(|_| Some(vec![])), None);
        assert_eq!(UNetConfig::of_shapes(|_| Some(vec![usize::MAX])), None);
        assert_eq!(UNetConfig::of_shapes(|_| Some(vec![0])), None);
    }
}
