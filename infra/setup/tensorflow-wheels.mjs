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
  [
    'nvidia-cublas-cu12==12.5.3.2',
    'ca070ad70e9fa6654084575d01bd001f30cc4665e33d4bb9fc8e0f321caa034b',
  ],
  [
    'nvidia-cuda-cupti-cu12==12.5.82',
    'bde77a5feb66752ec61db2adfe47f56b941842825b4c7e2068aff27c9d107953',
  ],
  [
    'nvidia-cuda-nvrtc-cu12==12.5.82',
    '3dbd97b0104b4bfbc3c4f8c79cd2496307c89c43c29a9f83125f1d76296ff3fd',
  ],
  [
    'nvidia-cuda-runtime-cu12==12.5.82',
    '3e79a060e126df40fd3a068f3f787eb000fa51b251ec6cd97d09579632687115',
  ],
  [
    'nvidia-cudnn-cu12==9.3.0.75',
    '9ad9c6929ebb5295eb4a1728024666d1c88283373e265a0c5c883e6f9d5cd76d',
  ],
  [
    'nvidia-cufft-cu12==11.2.3.61',
    '9a6e8df162585750f61983a638104a48c756aa13f9f48e19ab079b38e3c828b8',
  ],
  [
    'nvidia-cusolver-cu12==11.6.3.83',
    '93cfafacde4428b71778eeb092ec615a02a3d05404da1bcf91c53e3fa1bce42b',
  ],
  [
    'nvidia-cusparse-cu12==12.5.1.3',
    '016df8e993c437e8301e62739f01775cba988fd5253cd4c64173f8e8d2f8e752',
  ],
  [
    'nvidia-nvjitlink-cu12==12.5.82',
    'f9b37bc5c8cf7509665cb6ada5aaa0ce65618f2332b7d3e78e9790511f111212',
  ],
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
