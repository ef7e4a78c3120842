/**
 * Writes the network as ONNX files: the network alone, and one reverse step of the sampler. PyTorch's exporter would need
 * 5 GB of packages; the operators are those that it would use.
 */

import protobuf from 'protobufjs';
import { GROUPS, NORM_EPS, PARAMETERS, SIZE, length } from './page/spec.js';

/** The part of onnx.proto that a graph with f32 weights needs. */
const SCHEMA = `syntax = "proto2";
message Model {
  optional int64 ir_version = 1;
  optional string producer_name = 2;
  optional Graph graph = 7;
  repeated OperatorSet opset_import = 8;
}
message OperatorSet { optional string domain = 1; optional int64 version = 2; }
message Graph {
  repeated Node node = 1;
  optional string name = 2;
  repeated Tensor initializer = 5;
  repeated ValueInfo input = 11;
  repeated ValueInfo output = 12;
}
message Node {
  repeated string input = 1;
  repeated string output = 2;
  optional string name = 3;
  optional string op_type = 4;
  repeated Attribute attribute = 5;
}
message Attribute {
  optional string name = 1;
  optional float f = 2;
  optional int64 i = 3;
  optional bytes s = 4;
  repeated int64 ints = 8;
  optional int32 type = 20;
}
message Tensor {
  repeated int64 dims = 1;
  optional int32 data_type = 2;
  optional string name = 8;
  optional bytes raw_data = 9;
}
message ValueInfo { optional string name = 1; optional Type type = 2; }
message Type { optional TensorType tensor_type = 1; }
message TensorType { optional int32 elem_type = 1; optional Shape shape = 2; }
message Shape { repeated Dimension dim = 1; }
message Dimension { optional int64 dim_value = 1; optional string dim_param = 2; }`;
const Model = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('Model');

const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;

const bytes = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const attribute = (name, value) => {
  if (typeof value === 'string') return { name, s: new TextEncoder().encode(value), type: 3 };
  if (Array.isArray(value)) return { name, ints: value, type: 7 };
  return Number.isInteger(value) ? { name, i: value, type: 2 } : { name, f: value, type: 1 };
};
const value = (name, shape, type = FLOAT) => {
  const dim = shape.map((n) => (typeof n === 'string' ? { dim_param: n } : { dim_value: n }));
  return { name, type: { tensor_type: { elem_type: type, shape: { dim } } } };
};

/** A graph under construction. Values are identified by their names. */
class Graph {
  constructor(weights) {
    this.weights = new Map(weights.map((weight) => [weight.name, weight]));
    this.nodes = [];
    this.initializers = new Map();
  }

  op(kind, inputs, attributes = {}, outputs = 1) {
    const name = `${kind}_${this.nodes.length}`;
    const output = outputs === 1 ? [name] : Array.from({ length: outputs }, (_, i) => `${name}_${i}`);
    const attributed = Object.entries(attributes).map(([key, of]) => attribute(key, of));
    this.nodes.push({ input: inputs, output, name, op_type: kind, attribute: attributed });
    return outputs === 1 ? name : output;
  }

  constant(name, dims, data) {
    const type = data instanceof BigInt64Array ? INT64 : FLOAT;
    this.initializers.set(name, { dims, data_type: type, name, raw_data: bytes(data) });
    return name;
  }

  integers(...values) {
    return this.constant(`i_${values.join('_')}`, [values.length], BigInt64Array.from(values, BigInt));
  }

  weight(name, dims) {
    const { shape, data } = this.weights.get(name);
    return this.constant(name, dims ?? shape, data);
  }

  reshape(x, ...shape) {
    return this.op('Reshape', [x, this.integers(...shape)]);
  }

  silu(x) {
    return this.op('Mul', [x, this.op('Sigmoid', [x])]);
  }

  linear(x, name) {
    return this.op('Gemm', [x, this.weight(`${name}.weight`), this.weight(`${name}.bias`)], { transB: 1 });
  }

  conv(x, name, stride = 1) {
    const edge = this.weights.get(`${name}.weight`).shape[2];
    return this.op('Conv', [x, this.weight(`${name}.weight`), this.weight(`${name}.bias`)], {
      kernel_shape: [edge, edge], pads: Array(4).fill((edge - 1) / 2), strides: [stride, stride],
    });
  }

  norm(x, name, edge) {
    const channels = this.weights.get(`${name}.weight`).shape[0];
    const one = this.constant('norm_one', [GROUPS], new Float32Array(GROUPS).fill(1));
    const zero = this.constant('norm_zero', [GROUPS], new Float32Array(GROUPS));
    const normal = this.op('InstanceNormalization', [this.reshape(x, 0, GROUPS, -1), one, zero], { epsilon: NORM_EPS });
    const scaled = this.op('Mul', [this.reshape(normal, 0, channels, edge, edge), this.weight(`${name}.weight`, [channels, 1, 1])]);
    return this.op('Add', [scaled, this.weight(`${name}.bias`, [channels, 1, 1])]);
  }

  block(x, emb, name, edge) {
    const channels = this.weights.get(`${name}.conv1.bias`).shape[0];
    const shift = this.reshape(this.linear(emb, `${name}.emb`), 0, channels, 1, 1);
    const first = this.op('Add', [this.conv(this.silu(this.norm(x, `${name}.norm1`, edge)), `${name}.conv1`), shift]);
    const second = this.conv(this.silu(this.norm(first, `${name}.norm2`, edge)), `${name}.conv2`);
    return this.op('Add', [second, this.weights.has(`${name}.skip.weight`) ? this.conv(x, `${name}.skip`) : x]);
  }

  attention(x, name, edge) {
    const channels = this.weights.get(`${name}.proj.bias`).shape[0];
    const tokens = this.op('Transpose', [this.reshape(this.norm(x, `${name}.norm`, edge), 0, channels, -1)], { perm: [0, 2, 1] });
    const qkv = this.reshape(this.linear(this.reshape(tokens, -1, channels), `${name}.qkv`), -1, edge * edge, 3 * channels);
    const [q, k, v] = this.op('Split', [qkv], { axis: 2 }, 3);
    const root = this.constant('attention_scale', [1], Float32Array.of(1 / Math.sqrt(channels)));
    const scores = this.op('Mul', [this.op('MatMul', [q, this.op('Transpose', [k], { perm: [0, 2, 1] })]), root]);
    const mixed = this.op('MatMul', [this.op('Softmax', [scores], { axis: -1 }), v]);
    const out = this.reshape(this.linear(this.reshape(mixed, -1, channels), `${name}.proj`), -1, edge * edge, channels);
    return this.op('Add', [x, this.reshape(this.op('Transpose', [out], { perm: [0, 2, 1] }), 0, channels, edge, edge)]);
  }

  upsampled(x) {
    const scales = this.constant('double', [4], Float32Array.of(1, 1, 2, 2));
    return this.op('Resize', [x, '', scales], {
      mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor',
    });
  }

  unet() {
    const classes = this.op('Gather', [this.weight('class_embed.weight'), 'y'], { axis: 0 });
    const time = this.linear(this.silu(this.linear('time', 'time_mlp.0')), 'time_mlp.2');
    const emb = this.silu(this.op('Add', [time, classes]));
    const first = this.block(this.conv('x', 'conv_in'), emb, 'down.0.block', 28);
    const second = this.block(this.conv(first, 'down.0.downsample', 2), emb, 'down.1.block', 14);
    let h = this.block(this.conv(second, 'down.1.downsample', 2), emb, 'mid.block1', 7);
    h = this.block(this.attention(h, 'mid.attn', 7), emb, 'mid.block2', 7);
    [[second, 14], [first, 28]].forEach(([skip, edge], level) => {
      h = this.conv(this.upsampled(h), `up.${level}.upsample`);
      h = this.block(this.op('Concat', [h, skip], { axis: 1 }), emb, `up.${level}.block`, edge);
    });
    return this.conv(this.silu(this.norm(h, 'norm_out', 28)), 'conv_out');
  }

  /** The next x of a reverse step, with the coefficients of page/spec.js. */
  step(eps) {
    const times = (x, coefficient) => this.op('Mul', [x, coefficient]);
    const x0Hat = this.op('Sub', [times('x', 'scale'), times(eps, 'shift')]);
    const low = this.constant('low', [], Float32Array.of(-1));
    const high = this.constant('high', [], Float32Array.of(1));
    const mean = this.op('Add', [times(this.op('Clip', [x0Hat, low, high]), 'x0'), times('x', 'xt')]);
    return this.op('Add', [mean, times('noise', 'sigma')]);
  }
}

/**
 * The bytes of an ONNX file.
 *
 * @param {import('./page/safetensors.js').Named[]} weights
 * @param {boolean} stepping one reverse step instead of the network alone
 */
export function onnx(weights, stepping) {
  const graph = new Graph(weights);
  const image = ['B', 1, SIZE, SIZE];
  const inputs = [value('x', image), value('time', ['B', 32]), value('y', ['B'], INT32)];
  let last = graph.unet();
  if (stepping) {
    last = graph.step(last);
    inputs.push(value('noise', image));
    for (const name of ['scale', 'shift', 'x0', 'xt', 'sigma']) inputs.push(value(name, [1]));
  }
  const output = stepping ? 'x_next' : 'eps';
  graph.nodes.find((node) => node.output[0] === last).output = [output];
  const used = weights.filter(({ name }) => graph.initializers.has(name));
  const stored = used.reduce((sum, { shape }) => sum + length(shape), 0);
  if (stored !== PARAMETERS) throw new Error(`the graph uses ${stored} parameters, not ${PARAMETERS}`);
  return Model.encode({
    ir_version: 8,
    producer_name: 'ddpm-bench',
    opset_import: [{ domain: '', version: 17 }],
    graph: {
      name: 'unet',
      node: graph.nodes,
      initializer: [...graph.initializers.values()],
      input: inputs,
      output: [value(output, image)],
    },
  }).finish();
}
