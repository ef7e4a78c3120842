//! From a run to its state and back: what the page's and the command line's checkpoints have in common.

use std::sync::Arc;

use super::{Metadata, RunRecord, TrainState};
use crate::data::Dataset;
use crate::nn::var_builder::flat_tensor;
use crate::ops::read;
use crate::runtime::Runtime;
use crate::training::{OptimizerState, TermHistory, Trainer};

impl TrainState {
    /// The state of `trainer` after its last step, read from the device. Its steps in flight must have finished
    /// ([`Trainer::finish`]). `loss` and `how` are those of [`Metadata::of_run`].
    ///
    /// # Errors
    /// A message, if the device does not give the numbers back.
    pub async fn of_trainer(
        trainer: &Trainer,
        loss: Option<f64>,
        how: &str,
        record: RunRecord,
    ) -> Result<Self, String> {
        let state = trainer.state();
        Ok(Self {
            meta: Metadata::of_run(trainer, loss, how, record.about.begun_with.as_deref()),
            params: read(state.params).await?,
            m: read(state.m).await?,
            v: read(state.v).await?,
            ema: read(state.ema).await?,
            history: state.history.as_ref().map(TermHistory::numbers),
            record: Some(record),
        })
    }

    /// The run that goes on from this state with the images `data`, which must be those that it learned from.
    ///
    /// # Errors
    /// A message, as [`Trainer::from_state`], or if the terms of the bound do not fit the recipe.
    pub fn trainer(&self, data: Arc<Dataset>, runtime: &Runtime) -> Result<Trainer, String> {
        let Metadata {
            unet, train, step, ..
        } = &self.meta;
        let history = self.history.as_deref();
        let history = history.map(|it| TermHistory::from_numbers(train.timesteps as usize, it));
        let tensor = |values: &[f32]| flat_tensor(values, runtime.device());
        let state = OptimizerState {
            params: tensor(&self.params),
            m: tensor(&self.m),
            v: tensor(&self.v),
            ema: tensor(&self.ema),
            step: *step,
            history: history.transpose()?,
        };
        Trainer::from_state(train.clone(), *unet, data, runtime, state)
    }
}
