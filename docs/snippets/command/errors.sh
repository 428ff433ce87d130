# Handles errors by their exit code.
elementkit connect brighttalk > connected.txt

# show
elementkit records contactz || echo "exit code $?" # 4: not found; the hint is: Did you mean contacts?
# end
