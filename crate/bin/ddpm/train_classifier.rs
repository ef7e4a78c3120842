//! `ddpm train-classifier`: trains the classifier with which `ddpm evaluate` evaluates samples.

use std::path::PathBuf;

use burn::tensor::Tensor;
use ddpm::checkpoint::Dtype;
use ddpm::data::{Dataset, Split};
use ddpm::evaluation::accuracy::accuracy;
use ddpm::evaluation::classifier::Classifier;
use ddpm::evaluation::classifier_file::{
    CLASSIFIER_FORMAT, ClassifierMetadata, decode_classifier, encode_classifier,
};
use ddpm::evaluation::classifier_training::{ClassifierRecipe, ClassifierTrainer};
use ddpm::ops::Context;
use ddpm::runtime::{DeviceKind, Runtime};
use pollster::block_on;

use super::files;
use super::numbers;
use super::progress::ProgressDisplay;

/// The options of `ddpm train-classifier`.
#[derive(clap::Args)]
pub struct Args {
    /// Folder with the four MNIST files
    #[arg(long, default_value_os_t = files::of_repository("www/data/mnist"))]
    data: PathBuf,
    /// Weights file to write, after every pass over the data
    #[arg(long, default_value = "classifier.safetensors")]
    out: PathBuf,
    /// Passes over the training images
    #[arg(long, default_value_t = ClassifierRecipe::default().epochs)]
    epochs: f64,
    #[arg(long, default_value_t = ClassifierRecipe::default().batch_size)]
    batch_size: u32,
    #[arg(long, default_value_t = ClassifierRecipe::default().learning_rate)]
    learning_rate: f64,
    #[arg(long, default_value_t = ClassifierRecipe::default().weight_decay)]
    weight_decay: f64,
    /// The largest random shift of an image, in pixels, 0 to 4
    #[arg(long, default_value_t = ClassifierRecipe::default().shift)]
    shift: u32,
    #[arg(long, default_value_t = ClassifierRecipe::default().ema_decay)]
    ema_decay: f64,
    #[arg(long, default_value_t = ClassifierRecipe::default().seed)]
    seed: u32,
    /// Number format of the weights file
    #[arg(long, value_enum, default_value_t = Dtype::F16)]
    dtype: Dtype,
    /// The device to compute on
    #[arg(long, value_enum, default_value_t)]
    device: DeviceKind,
}

impl Args {
    fn recipe(&self) -> ClassifierRecipe {
        ClassifierRecipe {
            batch_size: self.batch_size,
            epochs: self.epochs,
            learning_rate: self.learning_rate,
            weight_decay: self.weight_decay,
            shift: self.shift,
            ema_decay: self.ema_decay,
            seed: self.seed,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// If an option is out of range, a file cannot be read or written, or the device fails.
pub fn run(args: Args) -> anyhow::Result<()> {
    files::check_writable(&args.out)?;
    let train = files::read_data(&args.data, Split::Train)?;
    let test = files::read_data(&args.data, Split::Test)?;
    let runtime = Runtime::open(args.device).map_err(anyhow::Error::msg)?;
    let recipe = args.recipe();
    let mut accuracy = 0.0;
    train_classifier(&recipe, &train, runtime.context(), |trainer| {
        let meta = ClassifierMetadata {
            recipe: recipe.clone(),
            images: train.len() as u32,
            step: trainer.step_count(),
            accuracy: 0.0,
            format: CLASSIFIER_FORMAT,
        };
        accuracy = save(&args, meta, trainer.average(), &test, runtime.context())?;
        Ok(format!(", accuracy {:.2} %", 100.0 * accuracy))
    })?;
    println!(
        "saved {} parameters to {}: {:.2} % of {} test images",
        Classifier::layout().len(),
        args.out.display(),
        100.0 * accuracy,
        test.len()
    );
    Ok(())
}

/// Trains a classifier and returns the average of its weights. After each pass over the data it prints a line that ends
/// with the text that `after_epoch` returns.
fn train_classifier(
    recipe: &ClassifierRecipe,
    data: &Dataset,
    ctx: &Context,
    mut after_epoch: impl FnMut(&ClassifierTrainer) -> anyhow::Result<String>,
) -> anyhow::Result<Vec<f32>> {
    let mut trainer = ClassifierTrainer::new(recipe, data, ctx).map_err(anyhow::Error::msg)?;
    let end = recipe.steps(data.len());
    let mut progress = ProgressDisplay::new(end, format!("training on {} images", data.len()));
    let (mut loss_sum, mut loss_count) = (0.0, 0u32);
    while trainer.step_count() < end {
        let epoch = trainer.epoch() as u64;
        loss_sum += f64::from(numbers(trainer.step())?[0]);
        loss_count += 1;
        let step = trainer.step_count();
        progress.set(step);
        if trainer.epoch() as u64 > epoch || step == end {
            let more = after_epoch(&trainer)?;
            let loss = loss_sum / f64::from(loss_count);
            progress.print(&format!(
                "epoch {} step {step} loss {loss:.5}{more}",
                epoch + 1
            ));
            (loss_sum, loss_count) = (0.0, 0);
        }
    }
    drop(progress);
    numbers(trainer.average())
}

/// Writes the weights file and returns the accuracy in its metadata: that of the rounded weights, as a reader of the file
/// gets them.
fn save(
    args: &Args,
    mut meta: ClassifierMetadata,
    average: Tensor<1>,
    test: &Dataset,
    ctx: &Context,
) -> anyhow::Result<f64> {
    let values = numbers(average)?;
    let rounded = encode_classifier(&values, &meta, args.dtype)?;
    let (_, as_read) = decode_classifier(&rounded)?;
    let classifier = Classifier::load(&as_read, ctx);
    let output = block_on(classifier.classify(&test.images, ctx, async |_| Ok(())))
        .map_err(anyhow::Error::msg)?;
    meta.accuracy = accuracy(&output.classes(), &test.labels).value;
    let bytes = encode_classifier(&values, &meta, args.dtype)?;
    files::write(&args.out, &bytes)?;
    Ok(meta.accuracy)
}
