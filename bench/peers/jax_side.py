"""JAX's side of a workload: one jitted training step, ready after warming up, then one timed epoch for every line on standard input.

Arguments: device ("cpu" or "cuda") and the description of the workload. Data stay on the device; the shuffled batch is gathered inside the
jitted step, parameters and optimizer state are donated, and nothing is read before the epoch's end.
"""
import json
import os
import resource
import sys
import time

device = sys.argv[1]
os.environ.setdefault("JAX_PLATFORMS", device)
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")


def say(message):
    print("bench " + json.dumps(message), flush=True)


try:
    import jax
    from jax import lax, numpy as jnp

    jax.devices()
except Exception as error:  # a missing plugin is a RuntimeError
    say({"unavailable": str(error).splitlines()[0]})
    sys.exit(0)

jax.config.update("jax_default_matmul_precision", "float32")


def initial(spec, key):
    shape, params = list(spec["inputShape"]), []
    for layer in spec["layers"]:
        kind = layer["kind"]
        if kind == "conv2d":
            k, n = layer["kernelSize"], layer["filters"]
            key, use = jax.random.split(key)
            limit = (6 / (k * k * (shape[2] + n))) ** 0.5
            params.append((jax.random.uniform(use, (k, k, shape[2], n), minval=-limit, maxval=limit), jnp.zeros(n)))
            shrink = 0 if layer["padding"] == "same" else k - 1
            shape = [shape[0] - shrink, shape[1] - shrink, n]
        elif kind == "maxPooling2d":
            shape = [shape[0] // layer["poolSize"], shape[1] // layer["poolSize"], shape[2]]
        elif kind == "flatten":
            shape = [shape[0] * shape[1] * shape[2]]
        elif kind == "dense":
            key, use = jax.random.split(key)
            limit = (6 / (shape[0] + layer["units"])) ** 0.5
            params.append((jax.random.uniform(use, (shape[0], layer["units"]), minval=-limit, maxval=limit), jnp.zeros(layer["units"])))
            shape = [layer["units"]]
    return params


def forward(spec, params, x, key):
    weights = iter(params)
    for layer in spec["layers"]:
        kind = layer["kind"]
        if kind == "conv2d":
            w, b = next(weights)
            x = lax.conv_general_dilated(x, w, (1, 1), layer["padding"].upper(), dimension_numbers=("NHWC", "HWIO", "NHWC")) + b
        elif kind == "maxPooling2d":
            p = (1, layer["poolSize"], layer["poolSize"], 1)
            x = lax.reduce_window(x, -jnp.inf, lax.max, p, p, "VALID")
        elif kind == "dropout":
            key, use = jax.random.split(key)
            keep = 1 - layer["rate"]
            x = jnp.where(jax.random.bernoulli(use, keep, x.shape), x / keep, 0)
        elif kind == "flatten":
            x = x.reshape(x.shape[0], -1)
        elif kind == "dense":
            w, b = next(weights)
            x = x @ w + b
        if layer.get("activation") == "relu":
            x = jax.nn.relu(x)
    return x


def updated(name, params, grads, state, step):
    tree = jax.tree_util.tree_map
    if name == "sgd":
        return tree(lambda p, g: p - 0.01 * g, params, grads), state
    if name == "adam":
        m = tree(lambda m, g: 0.9 * m + 0.1 * g, state[0], grads)
        v = tree(lambda v, g: 0.999 * v + 0.001 * g * g, state[1], grads)
        rate = 1e-3 * jnp.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        return tree(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-7), params, m, v), (m, v)
    v = tree(lambda v, g: 0.9 * v + 0.1 * g * g, state[0], grads)
    return tree(lambda p, g, v: p - 1e-3 * g / jnp.sqrt(v + 1e-7), params, grads, v), (v, state[1])


def main():
    spec = json.loads(sys.argv[2])
    batch, images = spec["batch"], spec["images"]
    key = jax.random.PRNGKey(7)
    x = jax.random.uniform(key, (images, *spec["inputShape"]))
    y = jax.random.randint(key, (images,), 0, spec["classes"])
    params = initial(spec, key)
    zeros = jax.tree_util.tree_map(jnp.zeros_like, params)
    state = (zeros, jax.tree_util.tree_map(jnp.zeros_like, params))

    def train(params, state, step, total, right, x, y, order, key):
        index = lax.dynamic_slice(order, ((step % (images // batch)) * batch,), (batch,))
        rows, labels = x[index], y[index]

        def loss_of(params):
            logits = forward(spec, params, rows, jax.random.fold_in(key, step))
            chosen = jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1)
            return -chosen.mean(), logits

        (loss, logits), grads = jax.value_and_grad(loss_of, has_aux=True)(params)
        params, state = updated(spec["optimizer"], params, grads, state, step + 1.0)
        return params, state, step + 1, total + loss, right + (logits.argmax(1) == labels).sum()

    train = jax.jit(train, donate_argnums=(0, 1, 2, 3, 4))
    step = jnp.zeros((), jnp.int32)
    shuffle = jax.jit(lambda key: jax.random.permutation(key, images))

    def epoch(number):
        nonlocal params, state, step
        start = time.perf_counter()
        use = jax.random.fold_in(key, number)
        order = shuffle(use)
        total, right = jnp.zeros(()), jnp.zeros((), jnp.int32)
        for _ in range(images // batch):
            params, state, step, total, right = train(params, state, step, total, right, x, y, order, use)
        loss = float(total) * batch / images
        return {"seconds": time.perf_counter() - start, "loss": loss, "accuracy": int(right) / images}

    epoch(0)
    say({"ready": {"python": sys.version.split()[0], "jax": jax.__version__, "device": str(jax.devices()[0])}})
    number = 1
    while sys.stdin.readline().strip() == "epoch":
        say(epoch(number))
        number += 1
    say({"peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024})


main()
