"""How much a patient may attach."""

MAX_PHOTOS = 5
MAX_PHOTO_BYTES = 15 * 1024 * 1024

# A phone's largest everyday photo. A JPEG of this size is decoded at half its size.
MAX_PHOTO_PIXELS = 50_000_000

# PNG and WebP can only be decoded whole; a few bytes of them can hold a very large picture.
MAX_WHOLE_PIXELS = 24_000_000

# As they are decoded: five photos of 12 megapixels, which take some four seconds.
MAX_PIXELS_TOGETHER = 60_000_000

LONG_SIDE_PIXELS = 4096
THUMBNAIL_PIXELS = 360
JPEG_QUALITY = 88
