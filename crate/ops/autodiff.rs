//! The operations on the autodiff backend: forward they call the backend's kernel and remember what the gradient needs;
//! backward they call the gradient methods of [`Kernels`], for those parents only that are tracked.

use burn::backend::TensorMetadata;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::tensor::FloatTensor;

use super::{Context, Geometry, Kernels};

/// The backward pass of `conv`; parents are x, weight and bias.
#[derive(Debug)]
struct ConvBackward;

/// What the backward pass of `conv` needs from the forward pass.
#[derive(Debug, Clone)]
struct ConvState {
    ctx: Context,
    /// The checkpointed input.
    x: NodeId,
    /// The checkpointed weight.
    weight: NodeId,
    geometry: Geometry,
    /// H and W of the input.
    input: [usize; 2],
    /// The bias has one row for all images, so its gradient is summed over them.
    shared_bias: bool,
}

impl<B: Kernels> Backward<B, 3> for ConvBackward {
    type State = ConvState;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let [x, weight, bias] = ops.parents;
        let gradient = grads.consume::<B>(&ops.node);
        let state = ops.state;
        if let Some(node) = bias {
            let sums = B::pixel_sums(&state.ctx, gradient.clone());
            let sums = if state.shared_bias {
                B::float_sum_dim(sums, 0)
            } else {
                sums
            };
            grads.register::<B>(node.id, sums);
        }
        if let Some(node) = weight {
            let x = checkpointer.retrieve_node_output::<FloatTensor<B>>(state.x);
            let dw = B::conv_weight_gradient(&state.ctx, x, gradient.clone(), state.geometry);
            grads.register::<B>(node.id, dw);
        }
        if let Some(node) = x {
            let weight = checkpointer.retrieve_node_output::<FloatTensor<B>>(state.weight);
            let dx =
                B::conv_input_gradient(&state.ctx, weight, gradient, state.geometry, state.input);
            grads.register::<B>(node.id, dx);
        }
    }
}

/// The backward pass of `group_norm`; parents are x, weight and bias.
#[derive(Debug)]
struct GroupNormBackward;

/// What the backward pass of `group_norm` needs from the forward pass.
#[derive(Debug, Clone)]
struct GroupNormState {
    ctx: Context,
    /// The checkpointed x, weight and bias.
    parents: [NodeId; 3],
    groups: usize,
    silu: bool,
}

impl<B: Kernels> Backward<B, 3> for GroupNormBackward {
    type State = GroupNormState;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let gradient = grads.consume::<B>(&ops.node);
        let GroupNormState {
            ctx,
            parents,
            groups,
            silu,
        } = ops.state;
        let [x, weight, bias] =
            parents.map(|node| checkpointer.retrieve_node_output::<FloatTensor<B>>(node));
        let (dx, dweight, dbias) =
            B::group_norm_gradients(&ctx, x, weight, bias, gradient, groups, silu);
        for (node, gradient) in ops.parents.into_iter().zip([dx, dweight, dbias]) {
            if let Some(node) = node {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

/// The backward pass of `self_attention`; the parent is qkv.
#[derive(Debug)]
struct AttentionBackward;

impl<B: Kernels> Backward<B, 1> for AttentionBackward {
    type State = (Context, NodeId, usize);

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let gradient = grads.consume::<B>(&ops.node);
        let (ctx, qkv, heads) = ops.state;
        let qkv = checkpointer.retrieve_node_output::<FloatTensor<B>>(qkv);
        if let [Some(node)] = ops.parents {
            grads.register::<B>(
                node.id,
                B::self_attention_gradient(&ctx, qkv, gradient, heads),
            );
        }
    }
}

/// Only the operations that training differentiates are overridden. All others, the gradient methods among them, keep
/// their default bodies in burn's operations, which autodiff differentiates by itself.
impl<B: Kernels, C: CheckpointStrategy> Kernels for Autodiff<B, C> {
    fn conv(
        ctx: &Context,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), weight.node(), bias.node()];
        match ConvBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(mut prep) => {
                let [_, height, width, _] = x.shape().dims();
                let [rows, _] = bias.shape().dims();
                let state = ConvState {
                    ctx: ctx.clone(),
                    x: prep.checkpoint(&x),
                    weight: prep.checkpoint(&weight),
                    geometry,
                    input: [height, width],
                    shared_bias: rows == 1,
                };
                let output = B::conv(
                    ctx,
                    x.into_primitive(),
                    weight.into_primitive(),
                    bias.into_primitive(),
                    geometry,
                );
                prep.finish(state, output)
            }
            OpsKind::UnTracked(prep) => prep.finish(B::conv(
                ctx,
                x.into_primitive(),
                weight.into_primitive(),
                bias.into_primitive(),
                geometry,
            )),
        }
    }

    fn group_norm(
        ctx: &Context,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        groups: usize,
        silu: bool,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), weight.node(), bias.node()];
        match GroupNormBackward
            .prepare::<C>(nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(mut prep) => {
                let state = GroupNormState {
                    ctx: ctx.clone(),
                    parents: [
                        prep.checkpoint(&x),
                        prep.checkpoint(&weight),
                        prep.checkpoint(&bias),
                    ],
                    groups,
                    silu,
                };
                let output = B::group_norm(
                    ctx,
                    x.into_primitive(),
                    weight.into_primitive(),
                    bias.into_primitive(),
                    groups,
                    silu,
                );
                prep.finish(state, output)
            }
            OpsKind::UnTracked(prep) => prep.finish(B::group_norm(
                ctx,
                x.into_primitive(),
                weight.into_primitive(),
                bias.into_primitive(),
                groups,
                silu,
            )),
        }
    }

    fn self_attention(ctx: &Context, qkv: FloatTensor<Self>, heads: usize) -> FloatTensor<Self> {
        match AttentionBackward
            .prepare::<C>([qkv.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(mut prep) => {
                let state = (ctx.clone(), prep.checkpoint(&qkv), heads);
                prep.finish(state, B::self_attention(ctx, qkv.into_primitive(), heads))
            }
            OpsKind::UnTracked(prep) => {
                prep.finish(B::self_attention(ctx, qkv.into_primitive(), heads))
            }
        }
    }
}
