//! What the page gives the program: weights, training images, and what digits are measured with.

use std::rc::Rc;
use std::sync::Arc;

use super::{Driver, Run};
use crate::checkpoint::{Checkpoint, decode_state};
use crate::data::{
    Conversion, DataError, Dataset, GivenData, GivenFile, Pictures, SortedFiles, sort,
};
use crate::nn::unet::{Preset, UNet};
use crate::web::protocol::{
    AssumeOptions, Command, Event, PicturesAction, PicturesInfo, Refusal, Subject,
};
use crate::web::tasks::evaluator::EvaluatorFiles;
use crate::web::tasks::preview::{compile_guided, preview};
use crate::web::tasks::train::{TrainSession, show_samples};
use crate::web::tasks::{Signals, Stop};
use crate::web::weights::{self, ModelWeights};

/// So many of the pictures given are shown before they are used.
const PREVIEWED: usize = 32;

/// Why a data set cannot be used.
fn refusal(subject: Subject) -> impl Fn(DataError) -> Refusal {
    move |error| Refusal::new(subject, error.code(), error.to_string())
}

impl Driver {
    /// The start is over: use these weights, the content of the file `name`, if the page comes with any. The run draws the
    /// first digit from them.
    pub fn finish_loading(&self, weights: Option<&[u8]>, name: &str) -> Option<Run> {
        self.held.borrow_mut().loading_finished = true;
        let run = weights.and_then(|bytes| self.load_weights(bytes, name, true));
        if run.is_none() {
            self.announce();
        }
        run
    }

    /// Use the files that a visitor gives: weights, training images with their labels, and pictures. They are told apart by
    /// their content, and may be packed by gzip or in a zip file. Pictures are shown before they are used. Weights of another preset than the one in use are only taken with
    /// `switch_preset`. The run draws the first digit from new weights.
    pub fn load_files(&self, files: Vec<GivenFile>, switch_preset: bool) -> Option<Run> {
        let SortedFiles {
            data,
            others,
            notes,
        } = match sort(files) {
            Ok(sorted) => sorted,
            Err(error) => {
                self.context.refuse(refusal(Subject::Data)(error));
                return None;
            }
        };
        if let Some(data) = data {
            match (self.check_idle(Subject::Data), data) {
                (Err(refusal), _) => self.context.refuse(refusal),
                (Ok(()), GivenData::Ready(data)) => self.hold_data(data),
                (Ok(()), GivenData::Pictures(pictures)) => {
                    self.preview_pictures(&pictures, pictures.suggested());
                    self.held.borrow_mut().pictures = Some(pictures);
                }
            }
        }
        let mut run = None;
        for GivenFile { name, bytes } in others {
            run = self.load_weights(&bytes, &name, switch_preset).or(run);
        }
        // After the events that clear the notices of before.
        self.note(Subject::Data, &notes);
        run
    }

    /// Use the weights in a safetensors file. Those of another preset than the one in use are only taken with
    /// `switch_preset`. The run draws the first digit from them.
    pub fn load_weights(&self, bytes: &[u8], name: &str, switch_preset: bool) -> Option<Run> {
        match self.take_weights(bytes, name, switch_preset) {
            Ok(true) => self.preview(),
            Ok(false) => None,
            Err(refusal) => {
                self.context.refuse(refusal);
                None
            }
        }
    }

    /// Open the training session that is in this file, a checkpoint of the page's or the command line's, and hold it. `run` is
    /// what its next checkpoints are called. The training images must have been loaded before. The run shows what the session
    /// has drawn last, and sends a checkpoint unless the page keeps the file already.
    pub fn open_run(&self, bytes: &[u8], run: &str, kept: bool) -> Option<Run> {
        match self.take_run(bytes, run, kept) {
            Ok(run) => Some(run),
            Err(refusal) => {
                self.context.refuse(refusal);
                None
            }
        }
    }

    fn take_run(&self, bytes: &[u8], run: &str, kept: bool) -> Result<Run, Refusal> {
        self.check_idle(Subject::Train)?;
        let state = decode_state(bytes, UNet::layout)
            .map_err(|error| Refusal::new(Subject::Train, error.code(), error.to_string()))?;
        let data = self.held.borrow().data.clone();
        let data = data.ok_or_else(|| {
            let message = "The training images are not here yet.";
            Refusal::new(Subject::Train, "no_data", message)
        })?;
        let test = self.held.borrow().test.clone();
        let session =
            TrainSession::of_checkpoint(&self.context, state, run.into(), kept, data, test)?;
        let film = session.film().to_vec();
        let last = film.last().cloned();
        let (metrics, validation) = (session.metrics().to_vec(), session.validation().to_vec());
        let (run, info) = (session.run().to_owned(), session.info());
        {
            let mut held = self.held.borrow_mut();
            // A generation that is held belongs to other weights.
            held.generation = None;
            held.session = Some(Box::new(session));
        }
        self.context.emit(&Event::RunOpened {
            run,
            info,
            film,
            metrics,
            validation,
        });
        self.announce_weights();
        self.announce();
        let driver = self.clone();
        Ok(Box::pin(async move {
            if let Some(row) = last {
                show_samples(&driver.context, &row).await;
            }
            if !kept && let Some(saving) = driver.command(Command::Checkpoint) {
                saving.await;
            }
        }))
    }

    /// Use the averaged weights of the run in this file, named `name`.
    pub fn draw_from_run(&self, bytes: &[u8], name: &str) -> Option<Run> {
        let taken = self.check_idle(Subject::Weights).and_then(|()| {
            let state = decode_state(bytes, UNet::layout);
            state.map_err(|error| {
                let message = format!("{name}: {error}");
                Refusal::new(Subject::Weights, error.code(), message)
            })
        });
        match taken {
            Ok(state) => {
                let checkpoint = Checkpoint::new(state.meta, state.ema);
                self.hold_weights(self.of_file(checkpoint, name));
                self.preview()
            }
            Err(refusal) => {
                self.context.refuse(refusal);
                None
            }
        }
    }

    /// Use these images for training: idx files, which may be packed by gzip.
    pub fn load_data(&self, images: &[u8], labels: &[u8], name: &str) {
        let mut notes = Vec::new();
        let taken = self.check_idle(Subject::Data).and_then(|()| {
            let file = |bytes: &[u8], part: &str| GivenFile {
                name: format!("{name} ({part})"),
                bytes: bytes.to_vec(),
            };
            let [images, labels] = [file(images, "images"), file(labels, "labels")]
                .map(|file| file.inflated(&mut notes).map_err(refusal(Subject::Data)));
            let data = Dataset::parse(&images?.bytes, &labels?.bytes, name);
            self.hold_data(data.map_err(refusal(Subject::Data))?);
            Ok(())
        });
        match taken {
            Ok(()) => self.note(Subject::Data, &notes),
            Err(refusal) => self.context.refuse(refusal),
        }
    }

    /// Measure with this classifier and these test images: idx files, which may be packed by gzip. Whether they can be
    /// used.
    pub fn load_evaluator(&self, classifier: &[u8], images: &[u8], labels: &[u8]) -> bool {
        let inflated = |bytes: &[u8]| {
            let file = GivenFile {
                name: "the test images".into(),
                bytes: bytes.to_vec(),
            };
            file.inflated(&mut Vec::new())
                .map_err(refusal(Subject::Measure))
        };
        let parsed = inflated(images).and_then(|images| {
            let labels = inflated(labels)?;
            EvaluatorFiles::parse(classifier, &images.bytes, &labels.bytes)
        });
        match parsed {
            Ok(evaluator) => {
                self.held.borrow_mut().evaluator = Some(Rc::new(evaluator));
                true
            }
            Err(refusal) => {
                self.context.refuse(refusal);
                false
            }
        }
    }

    /// Take the outputs of weights whose file does not say how they were trained for these.
    ///
    /// # Errors
    /// If the weights in use say what their outputs are, or if the options do not go together.
    pub(super) fn assume(&self, options: AssumeOptions) -> Result<Option<Run>, Refusal> {
        self.check_idle(Subject::Weights)?;
        let wrong = |message: String| Refusal::new(Subject::Weights, "bad_value", message);
        let loaded = self.held.borrow().loaded.clone();
        let Some(mut loaded) = loaded.filter(|loaded| loaded.meta.assumed) else {
            let message =
                "The weights in use say how they were trained; it is not for anybody to change.";
            return Err(wrong(message.into()));
        };
        let train = &mut loaded.meta.train;
        train.timesteps = options.timesteps;
        train.schedule = options.schedule;
        train.prediction = options.prediction;
        train.validate(usize::MAX).map_err(wrong)?;
        self.hold_weights(loaded);
        Ok(self.preview())
    }

    /// Validate on these images, which are the test images of the data set that was loaded last: idx files, which may be packed by
    /// gzip.
    pub fn load_test(&self, images: &[u8], labels: &[u8]) {
        let file = |bytes: &[u8]| GivenFile {
            name: "the test images".into(),
            bytes: bytes.to_vec(),
        };
        let inflated = |bytes| file(bytes).inflated(&mut Vec::new());
        let parsed = inflated(images).and_then(|images| {
            let labels = inflated(labels)?;
            Dataset::parse(&images.bytes, &labels.bytes, "the test images")
        });
        match parsed {
            Ok(test) => self.held.borrow_mut().test = Some(Arc::new(test)),
            Err(error) => self.context.refuse(refusal(Subject::Data)(error)),
        }
    }

    /// Tell the page what was ignored.
    fn note(&self, what: Subject, notes: &[String]) {
        if !notes.is_empty() {
            let message = notes.join(" ");
            self.context.emit(&Event::Note { what, message });
        }
    }

    /// Use these images for training.
    fn hold_data(&self, data: Dataset) {
        self.context.emit(&Event::Data(data.info()));
        let mut held = self.held.borrow_mut();
        held.data = Some(Arc::new(data));
        held.test = None;
        held.pictures = None;
    }

    /// Show what a network would see of these pictures.
    fn preview_pictures(&self, pictures: &Pictures, conversion: Conversion) {
        self.context.emit(&Event::Pictures(PicturesInfo {
            name: pictures.name().into(),
            classes: pictures.classes(),
            class_names: pictures.class_names().into(),
            conversion,
            pixels: pictures.preview(conversion, PREVIEWED),
        }));
    }

    /// Do something with the pictures that wait for a conversion.
    ///
    /// # Errors
    /// If there are none, or they are to be used while a session is open.
    pub(super) fn convert_pictures(
        &self,
        conversion: Conversion,
        action: PicturesAction,
    ) -> Result<(), Refusal> {
        let pictures = self.held.borrow_mut().pictures.take().ok_or_else(|| {
            let message = "No pictures are waiting to be converted. Give them once more.";
            Refusal::new(Subject::Data, "no_pictures", message)
        })?;
        match action {
            PicturesAction::Discard => {}
            PicturesAction::Preview => {
                self.preview_pictures(&pictures, conversion);
                self.held.borrow_mut().pictures = Some(pictures);
            }
            PicturesAction::Use => {
                if let Err(refusal) = self.check_idle(Subject::Data) {
                    self.held.borrow_mut().pictures = Some(pictures);
                    return Err(refusal);
                }
                self.hold_data(pictures.convert(conversion));
            }
        }
        Ok(())
    }

    /// Draw the first digit from the weights in use, in place of a preview that may be under way.
    fn preview(&self) -> Option<Run> {
        let weights = self.weights_in_use()?;
        let stop = Signals::default();
        let last = std::mem::replace(&mut self.held.borrow_mut().preview, stop.clone());
        last.request(Stop::Cancel);
        let context = self.context.with_stop(stop);
        Some(Box::pin(async move {
            if let Some(preview) = preview(&context, &weights).await {
                context.emit(&Event::Preview(preview));
                compile_guided(&context, &weights).await;
            }
        }))
    }

    /// Whether the weights were taken: not those of another preset that was not agreed to.
    fn take_weights(&self, bytes: &[u8], name: &str, switch_preset: bool) -> Result<bool, Refusal> {
        self.check_idle(Subject::Weights)?;
        let checkpoint = weights::decode(bytes, name)?;
        let current = self.held.borrow().loaded.as_ref().map(|it| it.meta.unet);
        if let Some(current) = current
            && current != checkpoint.meta.unet
            && !switch_preset
        {
            self.context.emit(&Event::OtherPreset {
                name: name.into(),
                offered: Preset::of(&checkpoint.meta.unet),
                current: Preset::of(&current),
            });
            return Ok(false);
        }
        self.hold_weights(self.of_file(checkpoint, name));
        Ok(true)
    }

    /// The weights of a file on the device.
    fn of_file(&self, checkpoint: Checkpoint, name: &str) -> ModelWeights {
        ModelWeights::of_file(checkpoint, name, self.context.runtime().device())
    }

    /// Use these weights from now on, and tell the page.
    fn hold_weights(&self, weights: ModelWeights) {
        {
            let mut held = self.held.borrow_mut();
            // A generation that is held belongs to other weights.
            held.generation = None;
            held.loaded = Some(weights);
        }
        self.announce_weights();
        self.announce();
    }

    /// Weights and training images are only replaced while no task runs and no session is held.
    fn check_idle(&self, subject: Subject) -> Result<(), Refusal> {
        let held = self.held.borrow();
        if held.running.is_none() && held.session.is_none() {
            return Ok(());
        }
        let message = "A training session or a generation is under way. Finish it, or press Reset to \
                       discard it (download its weights first if you want to keep them), then load the \
                       file again.";
        Err(Refusal::new(subject, "session_open", message))
    }
}
