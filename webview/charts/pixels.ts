/** One pixel for each cell of a map, row by row, RGBA. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** A rectangle, in CSS pixels. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Draws every pixel as a rectangle with sharp edges, so that all of them fill the frame. */
export function drawPixels(
  context: CanvasRenderingContext2D,
  pixels: Pixels,
  { left, top, width, height }: Frame,
): void {
  if (pixels.width * pixels.height === 0) return;
  const image = new OffscreenCanvas(pixels.width, pixels.height);
  image.getContext('2d')?.putImageData(new ImageData(pixels.data, pixels.width, pixels.height), 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(image, left, top, width, height);
}
