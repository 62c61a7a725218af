/**
 * From this size on a file is hashed in a thread of its own: starting one takes some 30 ms and 10 MB, while hashing on
 * the thread that answers calls makes each of them wait. Chunks and files below it take less than 50 ms in all.
 */
export const threadBytes: number = 32 * 1024 * 1024;
