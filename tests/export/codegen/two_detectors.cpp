// Two detectors in one program: samples from a file go into both; each line of output is one event of one of them.
#include "day/day.h"
#include "night/night.h"

#include <cstdio>
#include <vector>

static day_t day;
static night_t night;

int main(int, char **argv)
{
    std::vector<int16_t> pcm(256);
    if (day_init(&day) != DAY_OK || night_init(&night) != NIGHT_OK) {
        return 1;
    }
    if (day_set_mode(&day, DAY_MODE_AUDIO) != DAY_OK || night_set_mode(&night, NIGHT_MODE_AUDIO) != NIGHT_OK) {
        return 1;
    }
    std::FILE *audio = std::fopen(argv[1], "rb");
    bool more = audio != nullptr;
    while (more) {
        const std::size_t n = std::fread(pcm.data(), sizeof(int16_t), pcm.size(), audio);
        more = n > 0;
        if (more) {
            day_push_audio(&day, pcm.data(), n);
            night_push_audio(&night, pcm.data(), n);
        } else {
            day_flush(&day);
            night_flush(&night);
        }
        day_event_t by_day;
        while (day_next_event(&day, &by_day)) {
            std::printf("day %llu %llu\n", (unsigned long long)by_day.onset_ticks, (unsigned long long)by_day.offset_ticks);
        }
        night_event_t by_night;
        while (night_next_event(&night, &by_night)) {
            std::printf("night %llu %llu\n", (unsigned long long)by_night.onset_ticks,
                        (unsigned long long)by_night.offset_ticks);
        }
    }
    return day_info()->detector_hash == night_info()->detector_hash;
}
