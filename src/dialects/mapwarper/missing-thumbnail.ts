/** 100x100, a light chequerboard, 1 bit a pixel. */
const BASE64 =
  'iVBORw0KGgoAAAANSUhEUgAAAGQAAABkAQMAAABKLAcXAAAABlBMVEX09PTg4ODIQlSZAAAAIUlEQVR42mNg+I8EGWjPQ+Z8oANv1H+j/hv1' +
  '36j/Bpn/ANRggsffMciWAAAAAElFTkSuQmCC'

/** The PNG that stands where a map has no thumbnail. */
export const missingThumbnail = (): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(BASE64), (char) => char.charCodeAt(0))
