//! [`Operation`]: the declaration by which an operation is sent and served.

use std::marker::PhantomData;

use burn::backend::TensorMetadata;
use burn::backend::ir::{BackendIr, CustomOpIr, TensorIr};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Remote};
use burn::remote::CustomOpClient;
use burn::server::CustomOpRegistry;
use burn::tensor::Shape;

use super::super::Context;
use super::arguments::Arguments;
use super::server::ServedDevices;

/// Computes the results of an operation from its arguments and tensors.
type Run<A, B, const IN: usize, const OUT: usize> =
    fn(&Context, A, [FloatTensor<B>; IN]) -> [FloatTensor<B>; OUT];

/// An operation that takes `IN` tensors and the arguments `A` and gives `OUT` tensors. All tensors are f32.
pub struct Operation<A, const IN: usize, const OUT: usize> {
    /// Its name on the way.
    id: &'static str,
    arguments: PhantomData<A>,
}

impl<A: Arguments + 'static, const IN: usize, const OUT: usize> Operation<A, IN, OUT> {
    /// Declares an operation.
    pub const fn new(id: &'static str) -> Self {
        Self {
            id,
            arguments: PhantomData,
        }
    }

    /// Sends it to the server of its tensors, where it is carried out later. `shapes` are those of the results, which the server
    /// does not tell.
    pub fn send(
        &self,
        arguments: A,
        inputs: [FloatTensor<Remote>; IN],
        shapes: [Shape; OUT],
    ) -> [FloatTensor<Remote>; OUT] {
        let client = CustomOpClient::new(&inputs[0].device());
        let dtype = inputs[0].dtype();
        let outputs =
            shapes.map(|shape| TensorIr::uninit(client.create_empty_handle(), shape, dtype));
        let inputs = inputs.map(|tensor| tensor.into_ir());
        let mut scalars = Vec::new();
        arguments.write(&mut scalars);
        let operation = CustomOpIr::with_scalars(self.id, &inputs, &outputs, scalars);
        let results = client.register(operation);
        results
            .try_into()
            .expect("as many tensors as were registered")
    }

    /// Adds the operation to those that a server carries out: `run`, with the context of the device that the client uses.
    pub fn serve<B: Backend + BackendIr>(
        &self,
        registry: &mut CustomOpRegistry<B>,
        devices: &ServedDevices<B>,
        run: Run<A, B, IN, OUT>,
    ) {
        let devices = devices.clone();
        registry.register(self.id, move |handles, operation, device| {
            let (inputs, outputs) = operation.as_fixed::<IN, OUT>();
            let inputs = inputs
                .each_ref()
                .map(|input| handles.get_float_tensor::<B>(input));
            let arguments = A::read(&mut operation.scalars.iter());
            let results = run(devices.context(device), arguments, inputs);
            for (output, result) in outputs.iter().zip(results) {
                handles.register_float_tensor::<B>(&output.id, result);
            }
        });
    }
}
