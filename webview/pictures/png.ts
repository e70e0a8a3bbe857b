import { t } from '@vscode/l10n';

/** Pixels per CSS pixel: sharp on any screen. */
const SCALE = 2;

/** An SVG picture as a PNG file. */
export async function pngBytes(svg: string): Promise<Uint8Array<ArrayBuffer>> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = new OffscreenCanvas(SCALE * image.naturalWidth, SCALE * image.naturalHeight);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error(t('This browser cannot draw a picture of this size.'));
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const file = await canvas.convertToBlob({ type: 'image/png' });
  return new Uint8Array(await file.arrayBuffer());
}
