/**
 * Which Python wheels carry TensorFlow's C library, for which machine, and which of their files are
 * needed. The library does not depend on the Python version, so one wheel serves every Python.
 * @module
 */

/** Version of the C library; tfjs-node 4.22 compiles and runs against it. */
export const TENSORFLOW_VERSION = '2.18.0';

const anyPython = (...platforms) => [
  ...['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311', '--abi', 'none'],
  ...['--abi', 'abi3'],
  ...platforms.flatMap((platform) => ['--platform', platform]),
];
const LINUX_X64 = anyPython('manylinux_2_17_x86_64', 'manylinux2014_x86_64', 'manylinux1_x86_64');
const LINUX_ARM64 = anyPython('manylinux_2_17_aarch64', 'manylinux2014_aarch64');

/** The two libraries and the headers that the binding includes, directly or not. */
const LIBRARY_FILES = [
  '^tensorflow/libtensorflow_(cc|framework)\\.so\\.2$',
  '^tensorflow/include/(tensorflow/c|tensorflow/core/platform|xla/tsl|tsl)/.*\\.h$',
];

const tensorflow = (name, hash, pipArgs) => ({
  requirement: `${name}==${TENSORFLOW_VERSION}`,
  hashes: [hash],
  pipArgs,
  patterns: LIBRARY_FILES,
});

const CPU_X64 = '089e71746960ea581dca53401f84b3b99c8537313e337a9e5dbf97036a936f7e';
const CPU_ARM64 = '85f1e7369af6d329b117b52e86093cd1e0458dd5404bf5b665853f873dd00b48';
const CUDA_X64 = '70b8dd70fa3600bfce66ab529eebb804e1f9d7c863d2f71bc8fe9fc7a1ec3976';

/**
 * NVIDIA's libraries at the versions that the wheel's `and-cuda` extra names. Left out of that list:
 * the compiler (only for XLA), NCCL (several GPUs) and cuRAND (not loaded by these libraries).
 */
const NVIDIA = [
  ['nvidia-cublas-cu12==12.5.3.2', '@cublas'],
  ['nvidia-cuda-cupti-cu12==12.5.82', '@cupti'],
  ['nvidia-cuda-nvrtc-cu12==12.5.82', '@nvrtc'],
  ['nvidia-cuda-runtime-cu12==12.5.82', '@runtime'],
  ['nvidia-cudnn-cu12==9.3.0.75', '@cudnn'],
  ['nvidia-cufft-cu12==11.2.3.61', '@cufft'],
  ['nvidia-cusolver-cu12==11.6.3.83', '@cusolver'],
  ['nvidia-cusparse-cu12==12.5.1.3', '@cusparse'],
  ['nvidia-nvjitlink-cu12==12.5.82', '@nvjitlink'],
].map(([requirement, hash]) => ({
  requirement,
  hashes: [hash],
  pipArgs: LINUX_X64,
  patterns: ['^nvidia/.*/lib/.*\\.so[.0-9]*$'],
}));

/** Wheels by flavour and machine. The folders inside them find each other by relative paths. */
const WHEELS = {
  'cpu linux x64': [tensorflow('tensorflow-cpu', CPU_X64, LINUX_X64)],
  'cpu linux arm64': [tensorflow('tensorflow', CPU_ARM64, LINUX_ARM64)],
  'cuda linux x64': [tensorflow('tensorflow', CUDA_X64, LINUX_X64), ...NVIDIA],
};

/** Wheels for `flavour` (cpu or cuda) on this machine, or null when none are known. */
export function wheelsFor({ flavour, platform, arch }) {
  return WHEELS[`${flavour} ${platform} ${arch}`] ?? null;
}
