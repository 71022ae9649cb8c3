// The board: `board AUDIO IMU` plays 16 kHz int16 and 100 Hz rows of six floats into the sketch, 8 ms a turn of loop().
// Sound comes in buffers of 256 samples, as from the PDM library.
#include <Arduino.h>
#include <Arduino_LSM9DS1.h>
#include <PDM.h>
#include <cstdio>
#include <cstdlib>
#include <vector>

Console Serial;
Microphone PDM;
Motion IMU;

static std::vector<int16_t> sound;
static std::vector<float> motion;
static std::size_t played, row, now_ms;

template <typename T> static std::vector<T> whole(const char *path)
{
    std::vector<T> items;
    FILE *file = std::fopen(path, "rb");
    T item;
    while (file != nullptr && std::fread(&item, sizeof item, 1, file) == 1) {
        items.push_back(item);
    }
    return items;
}

void delay(unsigned long) { std::exit(3); }

void Console::begin(unsigned long) {}
void Console::print(const char *text) { std::fputs(text, stdout); }
void Console::print(unsigned long number) { std::printf("%lu", number); }
void Console::println(const char *text) { std::puts(text); }
void Console::println(int number) { std::printf("%d\n", number); }
void Console::println(float number) { std::printf("%.9g\n", static_cast<double>(number)); }

int Microphone::begin(int channels, long rate) { return channels == 1 && rate == 16000; }
int Microphone::available()
{
    const std::size_t due = now_ms * 16 / 256 * 256;
    return static_cast<int>(((due < sound.size() ? due : sound.size()) - played) * sizeof(int16_t));
}
int Microphone::read(void *buffer, int bytes)
{
    const std::size_t n = static_cast<std::size_t>(bytes) / sizeof(int16_t);
    for (std::size_t i = 0; i < n; i++) {
        static_cast<int16_t *>(buffer)[i] = sound[played++];
    }
    return bytes;
}

int Motion::begin() { return 1; }
int Motion::accelerationAvailable() { return 6 * row < motion.size() && row < now_ms / 10; }
int Motion::gyroscopeAvailable() { return accelerationAvailable(); }
int Motion::readAcceleration(float &x, float &y, float &z)
{
    x = motion[6 * row] / 9.80665F;
    y = motion[6 * row + 1] / 9.80665F;
    z = motion[6 * row + 2] / 9.80665F;
    return 1;
}
int Motion::readGyroscope(float &x, float &y, float &z)
{
    x = motion[6 * row + 3];
    y = motion[6 * row + 4];
    z = motion[6 * row + 5];
    row++;
    return 1;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        return 2;
    }
    sound = whole<int16_t>(argv[1]);
    motion = whole<float>(argv[2]);
    setup();
    while (played < sound.size()) {
        now_ms += 8;
        loop();
    }
    return 0;
}
