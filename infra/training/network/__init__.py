"""The network's training, in an environment of its own: neither JAX nor ONNX is needed to serve."""
