"""How much a patient may attach."""

MAX_PHOTOS = 5
MAX_PHOTO_BYTES = 15 * 1024 * 1024

# A phone's largest everyday photo; decoded, 50 megapixels take 150 MB.
MAX_PHOTO_PIXELS = 50_000_000

LONG_SIDE_PIXELS = 4096
THUMBNAIL_PIXELS = 360
JPEG_QUALITY = 88
