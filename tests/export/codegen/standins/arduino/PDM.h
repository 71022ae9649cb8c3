#pragma once
struct Microphone {
    int begin(int channels, long rate);
    int available();
    int read(void *buffer, int bytes);
};
extern Microphone PDM;
