/**
 * The files of this site that the worker fetches when they are wanted, beside the weights that it begins with.
 *
 * @typedef {import('./messages.js').ShippedSet} ShippedSet
 */

const MNIST = 'www/data/mnist';
/** The weights of the classifier that looks at digits. */
export const CLASSIFIER = 'www/weights/classifier.safetensors';

/** Images and labels of the sets of this site, and what the program calls them. @type {Record<ShippedSet, { name: string, files: [string, string] }>} */
export const SETS = {
  mnist: { name: 'MNIST', files: [`${MNIST}/train-images-idx3-ubyte.gz`, `${MNIST}/train-labels-idx1-ubyte.gz`] },
  fashion: {
    name: 'Fashion-MNIST',
    files: ['www/data/fashion-mnist/images-idx3-ubyte.gz', 'www/data/fashion-mnist/labels-idx1-ubyte.gz'],
  },
};
/** The test images and labels of MNIST. */
export const TEST = [`${MNIST}/t10k-images-idx3-ubyte.gz`, `${MNIST}/t10k-labels-idx1-ubyte.gz`];
