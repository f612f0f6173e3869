import { decodeSafetensors, streamSafetensors } from '@ttrec/tensor-files/safetensors';
import { stateReader, type StateReader, type StateTensor } from '@ttrec/embeddings';

/** The chunks of a safetensors file of the tensors. */
export async function safetensorsOf(tensors: readonly StateTensor[]): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of streamSafetensors(tensors)) chunks.push(chunk);
  return chunks;
}

/** The tensors as a file gives them back. */
export async function savedAndOpened(tensors: readonly StateTensor[]): Promise<StateReader> {
  const bytes = new Uint8Array(await new Blob((await safetensorsOf(tensors)) as BlobPart[]).arrayBuffer());
  return stateReader(decodeSafetensors(bytes).tensors.values(), 'saved state');
}
