/* A stand-in for the exported configuration: the protocol is tested without a detector. */
#ifndef TUSSIS_CONFIG_H
#define TUSSIS_CONFIG_H
#define TUSSIS_DETECTOR_HASH 0x5EEDC0DEU
#define TUSSIS_INPUT_RATE_HZ 16000
#define TUSSIS_RATE_HZ 8000
#define TUSSIS_IMU_RATE_HZ 100
#define TUSSIS_HAS_AUDIO 1
#define TUSSIS_HAS_IMU 1
#define TUSSIS_MICROPHONE_ALWAYS 0
#define TUSSIS_MICROPHONE_GATED 1
#ifndef TUSSIS_MICROPHONE
#define TUSSIS_MICROPHONE TUSSIS_MICROPHONE_ALWAYS
#endif
#endif
