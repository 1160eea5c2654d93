// What a board does with a sketch, for twenty turns.
void setup();
void loop();

int main() {
    setup();
    for (int turn = 0; turn < 20; turn++) loop();
}
