export { openTorchFrom } from './torch/open-torch.ts';
export { streamTorch } from './torch/write-torch.ts';
