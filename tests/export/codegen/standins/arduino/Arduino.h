// What the sketch uses of an Arduino core, for this machine: sensors follow a recording.
#pragma once
#include <cstddef>
#include <cstdint>

void delay(unsigned long ms);

struct Console {
    void begin(unsigned long baud);
    void print(const char *text);
    void print(unsigned long number);
    void println(const char *text);
    void println(int number);
    void println(float number);
};
extern Console Serial;

void setup();
void loop();
