import { describe, expect, it } from 'vitest';
import { findPrivate } from './find-private.ts';

const partsOf = (text: string, words?: readonly string[]) => findPrivate(text, words).map((part) => part.text);
const isTrace = (text: string) => findPrivate(text).some(({ whole }) => whole);

describe('what tells of a machine or a person', () => {
  it.each([
    ['a home', 'trained on /home/jane/data/coco.yaml today', ['/home/jane/data/coco.yaml']],
    ['a home on a Mac', '{"project":"/Users/jane/runs"}', ['/Users/jane/runs']],
    ['a folder of a cluster', 'weights=/scratch/proj-7/ckpt', ['/scratch/proj-7/ckpt']],
    ['a file under any root', "location: '/datasets/faces/train.csv'", ['/datasets/faces/train.csv']],
    ['a home written short', 'see ~/models/best', ['~/models/best']],
    ['a drive', 'from C:\\Users\\jane\\net.h5', ['C:\\Users\\jane\\net.h5']],
    ['a drive in JSON', '{"p":"D:\\\\work\\\\net"}', ['D:\\\\work\\\\net']],
    ['a drive with other slashes', 'C:/Users/jane/net', ['C:/Users/jane/net']],
    ['a share', '\\\\filer01\\models\\net', ['\\\\filer01\\models\\net']],
    ['a file URL', 'file:///data/net.pb', ['file:///data/net.pb']],
    ['an address', 'Author: Jane Doe <jane.doe@example.co.uk>', ['jane.doe@example.co.uk']],
    ['a Windows host', 'built on DESKTOP-4F7GH2K', ['DESKTOP-4F7GH2K']],
    ['a cloud host', 'at ip-10-0-3-17', ['ip-10-0-3-17']],
    ['a host of a network', 'node gpu-04.cluster.internal', ['gpu-04.cluster.internal']],
    ['an address of a network', 'http 192.168.1.7', ['192.168.1.7']],
  ])('%s', (_, text, parts) => expect(partsOf(text)).toEqual(parts));

  it.each([
    'File "/tmp/ipykernel_6181/3806684016.py", line 17, in forward\n    out = torch.cond(x)',
    '/usr/lib/python3/dist-packages/torch/nn/modules/module.py(889): _call_impl\nnet.py(12): forward',
    '# File: net.py:31 in forward, code: x = self.secret(x)',
    'Traceback (most recent call last):',
    '<ipython-input-3-1a2b3c>(5): forward',
  ])('a trace: %s', (text) => expect(isTrace(text)).toBe(true));

  it('words that are known to be private, whole ones only', () => {
    expect(partsOf('on dgx-7, not on dgx-70', ['dgx-7'])).toEqual(['dgx-7']);
    expect(partsOf('me and you', ['me'])).toEqual([]);
  });
});

describe('what a model needs, or says of itself', () => {
  it.each([
    ['scopes of a graph', '/model/layers.0/self_attn/q_proj/MatMul_output_0'],
    ['scopes that begin like folders', '/src/embed/Gather /data/Cast /app/Conv_2'],
    ['the scopes of torch', ': __main__.Net/conv1: torch.nn.modules.conv.Conv2d/conv2d: aten.conv2d.default'],
    [
      'a call of torch',
      '%c : [num_users=1] = call_function[target=torch.ops.aten.c.default](args = (%x,), kwargs = {})',
    ],
    ['class names of YOLO', "{0: 'person', 1: 'bicycle', 2: 'N/A', 3: 'and/or'}"],
    ['its other entries', '32 [640, 640] detect 1 2024-05-01T10:00:00.123 8.2.10 AGPL-3.0'],
    ['a URL', 'https://docs.example.com/home/models.json?x=/home/y http://ultralytics.com/license'],
    ['every printable character', Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).join('')],
    ['a list of characters', Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).join('\n')],
    ['a version', 'TensorFlow 2.15.0.1 opset 17, tf2onnx 1.16.1/15c810, cuda 12.4.1.2'],
    ['a name of TensorFlow', "converted from b'__inference_get_logits_tf_function_304'"],
    ['parameters', '{"loss":"RMSE","l2":0.03,"train_dir":"catboost_info","a":"x/y","m/s":1}'],
    ['a ratio and a date', '1/2, 3:4, 01/02/2024, a:/b'],
    ['tensors', "p_model_weight: PARAMETER target='model.encoder.0.local.weight'"],
    ['an attribute called local', 'self.local(x), os.environ.internal'],
  ])('%s', (_, text) => expect(partsOf(text)).toEqual([]));

  it('a text made to be slow is read in a moment', () => {
    const started = performance.now();
    for (const text of [
      '/a'.repeat(50_000),
      'a@'.repeat(50_000),
      'a.'.repeat(50_000),
      '\\\\a'.repeat(50_000),
      'a-'.repeat(50_000),
    ])
      findPrivate(text);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
