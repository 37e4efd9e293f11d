package io.likeness.features.decode;

/**
 * What a rule is checked against once the header has been read.
 *
 * @param width pixels of the whole picture as it is shown
 * @param turned whether the file says that its pixels are to be turned or mirrored to be shown
 */
public record PictureFacts(PictureFormat format, int width, int height, boolean turned) {}
